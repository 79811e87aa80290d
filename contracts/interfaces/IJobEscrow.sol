// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CompactSignature} from "../types/EpochReport.sol";

/// @title IJobEscrow
/// @notice Proof-of-AI: a developer's deposit for a container job, and what the nodes that serve it earn out of it.
/// @dev A job asks for a number of nodes for a number of epochs at a rate in R1 per epoch and node, fixed when it is created. It
/// begins with the epoch after its first assignment and ends a fixed number of epochs later; an assignment earns from the epoch
/// after it was made, and up to and including the epoch in which it is taken away, so that two assignments of one place never
/// earn for the same epoch.
///
/// An assignment's service is proven by the SERVICE leaf of an epoch's root: `id = keccak256(abi.encode(jobId, deedId))`,
/// `cumulative` = sum of its service bytes (0 to 255 an epoch). It is settled once a term (30 epochs in production) is over, or
/// the job, or the assignment: `gross = rate × min(bytes, 255 × epochs) / 255`, rounded down; below 98 % of availability over what
/// is settled a tenth of gross, rounded up, stays in the job. Of the rest 85 %, rounded down, go to the deed's owner, and what is
/// left is burned.
///
/// Guarantees. (1) Tokens held = Σ deposits − paid − burned − refunded, and gifts. (2) A job never pays, burns and refunds more than was
/// deposited for it. (3) A refund leaves what assignments may still earn. (4) Nothing loops over jobs, or over epochs, or over
/// nodes other than those of one job. (5) Nobody but the owner of a job, or a delegate, can change it; nobody can keep it from
/// being settled and its rest from going to its owner. (6) Only node deeds serve.
/// EIP-712 domain `JobEscrow`, version `1`.
interface IJobEscrow {
    /// @notice What a new job asks for.
    /// @param specHash keccak256 of the job's specification, which nodes check before they run it.
    /// @param gpu Add-on of the catalog; zero for none.
    /// @param maxDeposit Wei: the most that the creator pays. @param deadline Unix seconds.
    struct JobRequest {
        bytes32 specHash;
        uint16 class;
        uint16 gpu;
        uint8 nodes;
        uint16 epochs;
        uint256 maxDeposit;
        uint256 deadline;
    }

    /// @param start First epoch that is paid; zero before the first assignment.
    /// @param epochs Length in epochs. @param nodes Places. @param active Places that are taken.
    /// @param rate Wei per epoch and node. @param balance Wei that the job still has.
    /// @param sequence Number of assignments so far.
    struct Job {
        address owner;
        bytes32 specHash;
        uint16 class;
        uint16 gpu;
        uint8 nodes;
        uint8 active;
        uint16 epochs;
        uint32 start;
        uint16 sequence;
        uint256 rate;
        uint256 balance;
    }

    /// @notice A change of the nodes of a job, as the oracles decide it.
    /// @param sequence The job's own: an assignment takes effect once.
    /// @param leaving Node Deed ids that stop, @param joining and that begin. @param deadline Unix seconds.
    struct Assignment {
        uint256 jobId;
        uint16 sequence;
        uint16[] leaving;
        uint16[] joining;
        uint64 deadline;
    }

    /// @param from First epoch that is not settled yet. @param to First epoch that is not paid any more.
    /// @param settled Service bytes that are settled.
    struct Service {
        uint64 from;
        uint64 to;
        uint32 settled;
        bool isActive;
    }

    event JobCreated(
        uint256 indexed jobId,
        address indexed owner,
        bytes32 indexed specHash,
        uint16 class,
        uint16 gpu,
        uint8 nodes,
        uint16 epochs,
        uint256 rate,
        uint256 deposit
    );
    event SpecChanged(uint256 indexed jobId, bytes32 indexed specHash);
    event JobExtended(uint256 indexed jobId, uint16 epochs, uint256 deposit);
    event JobScaled(uint256 indexed jobId, uint8 nodes, uint256 deposit);
    /// @param end First epoch that is not paid any more; zero for a job that never began.
    event JobClosed(uint256 indexed jobId, uint64 end);
    /// @param from First epoch that the joining deeds are paid for; the leaving ones are paid up to the epoch before it.
    event NodesAssigned(uint256 indexed jobId, uint16 sequence, uint16[] leaving, uint16[] joining, uint64 from);
    /// @notice The owner gave up the places of these deeds.
    /// @param to First epoch that they are not paid for any more.
    event NodesReleased(uint256 indexed jobId, uint16[] leaving, uint64 to);
    /// @param bytesServed Service bytes that were settled, over `epochs` epochs. @param penalty Wei that stayed in the job.
    event Settled(
        uint256 indexed jobId,
        uint16 indexed tokenId,
        address indexed payee,
        uint64 epochs,
        uint256 bytesServed,
        uint256 paid,
        uint256 burned,
        uint256 penalty
    );
    /// @notice A batch passed over this one: there is nothing to settle for it at this epoch.
    event SettlementSkipped(uint256 indexed jobId, uint16 indexed tokenId);
    /// @notice What a banned owner or deed would have been paid waits for the end of the ban.
    event PaymentHeld(uint16 indexed tokenId, uint256 amount);
    event HeldPaid(uint16 indexed tokenId, address indexed payee, uint256 amount);
    event Refunded(uint256 indexed jobId, address indexed owner, uint256 amount);
    event DelegationOffered(address indexed owner, address indexed delegate, uint8 rights);
    event DelegationAccepted(address indexed owner, address indexed delegate, uint8 rights);

    error JobEscrow_BadTerm(uint256 term);
    error JobEscrow_Expired(uint256 deadline, uint256 time);
    error JobEscrow_NoSpec();
    error JobEscrow_NodesOutOfRange(uint256 nodes, uint256 least, uint256 most);
    error JobEscrow_EpochsOutOfRange(uint256 epochs, uint256 least, uint256 most);
    /// @notice The price moved above what the creator accepts. Wei.
    error JobEscrow_AboveMaximum(uint256 deposit, uint256 maxDeposit);
    error JobEscrow_RateTooHigh(uint256 rate);
    error JobEscrow_NoJob(uint256 jobId);
    /// @notice The job is closed, or its last epoch is over or, where a further epoch is needed, runs.
    error JobEscrow_Over(uint256 jobId);
    error JobEscrow_NotStarted(uint256 jobId);
    error JobEscrow_NotAllowed(uint256 jobId, address caller, uint8 right);
    error JobEscrow_WrongSequence(uint256 jobId, uint16 given, uint16 expected);
    error JobEscrow_NothingAssigned();
    error JobEscrow_NoPlace(uint256 jobId, uint256 wanted, uint256 free);
    /// @notice The deeds named to leave are not as many as the taken places that are given up: `active` would be left for `nodes`.
    error JobEscrow_WrongLeavers(uint256 jobId, uint256 active, uint256 nodes);
    error JobEscrow_AlreadyAssigned(uint256 jobId, uint16 tokenId);
    error JobEscrow_NotAssigned(uint256 jobId, uint16 tokenId);
    /// @notice The deed has no node, or its owner is not approved, or one of them is banned.
    error JobEscrow_NotServing(uint16 tokenId);
    /// @notice The deed served this job before, and that is not settled yet.
    error JobEscrow_Unsettled(uint256 jobId, uint16 tokenId);
    error JobEscrow_NoRoot(uint64 epoch);
    error JobEscrow_InvalidProof();
    error JobEscrow_LengthMismatch(uint256 deeds, uint256 cumulatives);
    /// @notice Neither a term nor the job nor the assignment is over at `epoch`.
    error JobEscrow_NothingDue(uint256 jobId, uint16 tokenId, uint64 epoch);
    error JobEscrow_NothingHeld(uint16 tokenId);
    error JobEscrow_StillBanned(uint16 tokenId);
    error JobEscrow_NotOffered(address owner, address delegate, uint8 rights);

    /// @notice Creates a job and takes its deposit, `rate × nodes × epochs`, from the caller. Not while paused.
    function create(JobRequest calldata request) external returns (uint256 jobId);

    /// @notice The same with an ERC-2612 permit of `maxDeposit`, valid until the request's deadline.
    function createWithPermit(
        JobRequest calldata request,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 jobId);

    /// @notice Lets a running or waiting job last longer, at its own rate; the caller pays.
    function extend(uint256 jobId, uint16 epochs) external;

    /// @notice Adds places for the rest of the job, at its own rate; the caller pays.
    function scaleUp(uint256 jobId, uint8 more) external;

    /// @notice Gives up free places first, and then, one for one, those of the deeds named.
    /// @param leaving Node Deed ids that stop serving with the epoch after the running one.
    function scaleDown(uint256 jobId, uint8 fewer, uint16[] calldata leaving) external;

    /// @notice Puts another specification in place of the one before.
    function changeSpec(uint256 jobId, bytes32 specHash) external;

    /// @notice Ends a job with the epoch after the running one, and refunds what nobody can earn any more. A job that never began
    /// is refunded whole.
    function close(uint256 jobId) external;

    /// @notice Sends the job's owner what no assignment can earn any more. Anybody.
    function refund(uint256 jobId) external returns (uint256 amount);

    /// @notice Changes the nodes of a job, signed by a quorum of oracles. Anybody may send it.
    /// @param signatures Ascending by signer (see `IOracleRegistry.verify`).
    function assign(Assignment calldata assignment, CompactSignature[] calldata signatures) external;

    /// @notice Settles one assignment. Anybody.
    /// @param epoch The epoch whose root proves `cumulative`.
    /// @return paid Wei that the deed's owner got, or will get after a ban.
    function settle(
        uint256 jobId,
        uint16 tokenId,
        uint64 epoch,
        uint256 cumulative,
        bytes32[] calldata proof
    ) external returns (uint256 paid);

    /// @notice Settles several assignments of one job with a multiproof; passes over those with nothing to settle.
    /// @param proofFlags As in OpenZeppelin's `MerkleProof`. Leaves in the order of the tree.
    function settleMany(
        uint256 jobId,
        uint64 epoch,
        uint16[] calldata tokenIds,
        uint256[] calldata cumulatives,
        bytes32[] calldata proof,
        bool[] calldata proofFlags
    ) external returns (uint256 paid);

    /// @notice Pays what was held during a ban to the deed's owner. Anybody.
    function payHeld(uint16 tokenId) external returns (uint256 amount);

    /// @notice Offers rights over all jobs of the caller. Those that are left out end at once, and begin again only when they are
    /// offered and accepted again.
    /// @param rights Sum of 1 extend, 2 scale, 4 close, 8 change the specification; 16 restart, stop and start and 32 read the logs
    /// mean something to nodes only.
    function offerDelegation(address delegate, uint8 rights) external;

    /// @notice Takes an offer; nobody is a delegate without wanting to.
    function acceptDelegation(address owner, uint8 rights) external;

    /// @notice Stops new jobs. Guardian only; running ones go on.
    function pause() external;

    function unpause() external;

    /// @notice The rights that `delegate` has over the jobs of `owner`.
    function rightsOf(address owner, address delegate) external view returns (uint8);

    function jobOf(uint256 jobId) external view returns (Job memory);

    /// @notice Number of jobs so far; the first is 1.
    function jobCount() external view returns (uint256);

    /// @notice The Node Deed ids that serve a job now.
    function nodesOf(uint256 jobId) external view returns (uint16[] memory);

    function serviceOf(uint256 jobId, uint16 tokenId) external view returns (Service memory);

    /// @notice Wei that `refund` would send.
    function refundable(uint256 jobId) external view returns (uint256);

    /// @notice Wei that a deed's owner gets when the ban ends.
    function heldOf(uint16 tokenId) external view returns (uint256);

    /// @notice The digest that oracles sign.
    function digestOf(Assignment calldata assignment) external view returns (bytes32);
}
