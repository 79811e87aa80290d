// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IDeed} from "../interfaces/IDeed.sol";
import {IEpochLedger} from "../interfaces/IEpochLedger.sol";
import {IJobEscrow} from "../interfaces/IJobEscrow.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";
import {IOracleRegistry} from "../interfaces/IOracleRegistry.sol";
import {IR1} from "../interfaces/IR1.sol";
import {IResourceCatalog} from "../interfaces/IResourceCatalog.sol";
import {Seat, SeatLib} from "../types/Seat.sol";
import {JobBook} from "./JobBook.sol";
import {JobPlaces} from "./JobPlaces.sol";
import {JobSettlement} from "./JobSettlement.sol";

/// @title JobEscrow
/// @notice See `IJobEscrow`. Here a job is made and changed; `JobBook` keeps it, `JobPlaces` assigns, `JobSettlement` pays.
contract JobEscrow is AccessManaged, Pausable, JobSettlement {
    using SafeERC20 for IR1;

    /// @notice The contracts it works with.
    struct Wiring {
        IR1 r1;
        IEpochLedger ledger;
        IOracleRegistry oracles;
        INodeRegistry nodeRegistry;
        IOperatorRegistry operators;
        IDeed nodeDeed;
        IResourceCatalog catalog;
    }

    uint256 private constant _MAX_NODES = 64;
    uint256 private constant _MAX_EPOCHS = 3_650;

    IResourceCatalog public immutable CATALOG;

    /// @param term Epochs of a term: 30 in production.
    constructor(
        address authority,
        uint256 term,
        Wiring memory wiring
    )
        AccessManaged(authority)
        JobBook(wiring.r1, wiring.ledger)
        JobPlaces(wiring.oracles, wiring.nodeRegistry)
        JobSettlement(term, wiring.operators, wiring.nodeDeed)
    {
        if (term == 0 || term > _MAX_EPOCHS) revert JobEscrow_BadTerm(term);
        CATALOG = wiring.catalog;
    }

    /// @inheritdoc IJobEscrow
    function create(JobRequest calldata request) external returns (uint256 jobId) {
        return _create(request);
    }

    /// @inheritdoc IJobEscrow
    function createWithPermit(
        JobRequest calldata request,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 jobId) {
        // A permit can be sent ahead by whoever sees it; its allowance is there all the same, and the payment needs only that.
        // solhint-disable-next-line no-empty-blocks
        try TOKEN.permit(msg.sender, address(this), request.maxDeposit, request.deadline, v, r, s) {} catch {}
        return _create(request);
    }

    /// @inheritdoc IJobEscrow
    function extend(uint256 jobId, uint16 epochs) external {
        Terms memory terms = _openTerms(jobId, _EXTEND);
        uint256 length = uint256(terms.epochs) + epochs;
        if (epochs == 0 || length > _MAX_EPOCHS) revert JobEscrow_EpochsOutOfRange(length, TERM, _MAX_EPOCHS);
        _jobs[jobId].terms.epochs = uint16(length);
        uint256 deposit = _fund(jobId, uint256(terms.nodes) * epochs);
        emit JobExtended(jobId, uint16(length), deposit);
    }

    /// @inheritdoc IJobEscrow
    function scaleUp(uint256 jobId, uint8 more) external {
        Terms memory terms = _openTerms(jobId, _SCALE);
        uint256 left = terms.epochs - _nextOf(terms);
        if (left == 0) revert JobEscrow_Over(jobId);
        uint256 nodes = uint256(terms.nodes) + more;
        if (more == 0 || nodes > _MAX_NODES) revert JobEscrow_NodesOutOfRange(nodes, 1, _MAX_NODES);
        _jobs[jobId].terms.nodes = uint8(nodes);
        uint256 deposit = _fund(jobId, more * left);
        emit JobScaled(jobId, uint8(nodes), deposit);
    }

    /// @inheritdoc IJobEscrow
    function scaleDown(uint256 jobId, uint8 fewer, uint16[] calldata leaving) external {
        StoredJob storage job = _jobs[jobId];
        Terms memory terms = _openTerms(jobId, _SCALE);
        if (fewer == 0 || fewer >= terms.nodes) revert JobEscrow_NodesOutOfRange(fewer, 1, terms.nodes - 1);
        uint8 nodes = terms.nodes - fewer;
        Account memory account = job.account;
        Seat[] memory seats = SeatLib.load(job.seats, account.active, 0);
        uint16 notice = _noticeOf(terms);
        _leave(jobId, account, seats, leaving, notice);
        // Who leaves is paid for an epoch more, out of the place that is given up with it: none may stay free behind it.
        bool isMatch = leaving.length == 0 ? account.active <= nodes : account.active == nodes;
        if (!isMatch) revert JobEscrow_WrongLeavers(jobId, account.active, nodes);

        job.terms.nodes = nodes;
        job.account = account;
        SeatLib.store(job.seats, seats, seats.length);
        emit JobScaled(jobId, nodes, 0);
        if (leaving.length != 0) emit NodesReleased(jobId, leaving, terms.start + notice);
    }

    /// @inheritdoc IJobEscrow
    function changeSpec(uint256 jobId, bytes32 specHash) external {
        _openTerms(jobId, _SPEC);
        if (specHash == bytes32(0)) revert JobEscrow_NoSpec();
        _jobs[jobId].specHash = specHash;
        emit SpecChanged(jobId, specHash);
    }

    /// @inheritdoc IJobEscrow
    function close(uint256 jobId) external {
        Terms memory terms = _openTerms(jobId, _CLOSE);
        uint16 epochs = terms.start == 0 ? 0 : _noticeOf(terms);
        _jobs[jobId].terms.epochs = epochs;
        emit JobClosed(jobId, uint64(terms.start) + epochs);
        _refund(jobId);
    }

    /// @inheritdoc IJobEscrow
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IJobEscrow
    function unpause() external restricted {
        _unpause();
    }

    function _create(JobRequest calldata request) private whenNotPaused returns (uint256 jobId) {
        _requireSound(request);
        uint256 rate = CATALOG.rateOf(request.class, request.gpu);
        if (rate > type(uint80).max) revert JobEscrow_RateTooHigh(rate);
        uint256 deposit = rate * request.nodes * request.epochs;
        if (deposit > request.maxDeposit) revert JobEscrow_AboveMaximum(deposit, request.maxDeposit);

        jobId = ++_jobCount;
        StoredJob storage job = _jobs[jobId];
        job.terms = Terms(msg.sender, request.class, request.gpu, request.nodes, request.epochs, 0);
        job.specHash = request.specHash;
        // A deposit is at most the whole supply of R1, and that fits.
        job.account = Account(uint80(rate), uint88(deposit), 0, 0, 0, 0);
        emit JobCreated(
            jobId,
            msg.sender,
            request.specHash,
            request.class,
            request.gpu,
            request.nodes,
            request.epochs,
            rate,
            deposit
        );
        TOKEN.safeTransferFrom(msg.sender, address(this), deposit);
    }

    /// @dev Takes `rate × placeEpochs` from the caller into the job. The token's supply, which bounds every balance, fits.
    function _fund(uint256 jobId, uint256 placeEpochs) private returns (uint256 deposit) {
        Account storage account = _jobs[jobId].account;
        deposit = account.rate * placeEpochs;
        account.balance = uint88(account.balance + deposit);
        TOKEN.safeTransferFrom(msg.sender, address(this), deposit);
    }

    /// @dev The first epoch, counted from the job's start, that an owner who gives notice now does not pay. One whole epoch is
    /// always paid: else a deed that began today could be used and sent away for nothing.
    function _noticeOf(Terms memory terms) private view returns (uint16) {
        uint256 end = _nextOf(terms) + 1;
        return end < terms.epochs ? uint16(end) : terms.epochs;
    }

    function _requireSound(JobRequest calldata request) private view {
        if (_now() > request.deadline) revert JobEscrow_Expired(request.deadline, _now());
        if (request.specHash == bytes32(0)) revert JobEscrow_NoSpec();
        if (request.nodes == 0 || request.nodes > _MAX_NODES) {
            revert JobEscrow_NodesOutOfRange(request.nodes, 1, _MAX_NODES);
        }
        if (request.epochs < TERM || request.epochs > _MAX_EPOCHS) {
            revert JobEscrow_EpochsOutOfRange(request.epochs, TERM, _MAX_EPOCHS);
        }
    }
}
