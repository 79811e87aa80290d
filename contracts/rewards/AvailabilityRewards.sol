// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {MerkleProofLib} from "solady/src/utils/MerkleProofLib.sol";

import {IAvailabilityRewards} from "../interfaces/IAvailabilityRewards.sol";
import {IDeed} from "../interfaces/IDeed.sol";
import {IEpochLedger} from "../interfaces/IEpochLedger.sol";
import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";
import {IR1} from "../interfaces/IR1.sol";
import {DeedId, DeedKind} from "../types/DeedId.sol";
import {Leaf} from "../types/Leaf.sol";

/// @title AvailabilityRewards
/// @notice See `IAvailabilityRewards`. Has no owner and cannot be paused.
contract AvailabilityRewards is IAvailabilityRewards {
    /// @notice The contracts it works with.
    struct Wiring {
        IR1 r1;
        IEpochLedger ledger;
        IOperatorRegistry operators;
        IDeed nodeDeed;
        IDeed masterNodeDeed;
        IDeed genesisNodeDeed;
    }

    /// @dev Neighbouring deeds of a batch that have one payee are paid with one mint.
    struct Run {
        address payee;
        uint256 owed;
        uint256 paid;
    }

    /// @dev Stands for the treasury pools, as in the `Claimed` event.
    address private constant _POOLS = address(0);

    uint256 private constant _BASIS_POINTS = 10_000;

    IR1 public immutable TOKEN;
    IEpochLedger public immutable LEDGER;
    IOperatorRegistry public immutable OPERATORS;
    IDeed public immutable NODE_DEED;
    IDeed public immutable MASTER_NODE_DEED;
    IDeed public immutable GENESIS_NODE_DEED;

    Pool[] private _pools;

    /// @param pools_ Shares sum up to 10,000 basis points.
    constructor(Wiring memory wiring, Pool[] memory pools_) {
        TOKEN = wiring.r1;
        LEDGER = wiring.ledger;
        OPERATORS = wiring.operators;
        NODE_DEED = wiring.nodeDeed;
        MASTER_NODE_DEED = wiring.masterNodeDeed;
        GENESIS_NODE_DEED = wiring.genesisNodeDeed;

        uint256 sum = 0;
        for (uint256 i = 0; i < pools_.length; ++i) {
            sum += pools_[i].share;
            _pools.push(pools_[i]);
        }
        if (sum != _BASIS_POINTS) revert AvailabilityRewards_SharesNotWhole(sum);
    }

    /// @inheritdoc IAvailabilityRewards
    function claim(
        DeedId deed,
        uint64 epoch,
        uint256 cumulative,
        bytes32[] calldata proof
    ) external returns (uint256 amount) {
        bytes32 leaf = Leaf.availability(deed, cumulative);
        if (!MerkleProofLib.verifyCalldata(proof, _rootOf(epoch), leaf)) revert AvailabilityRewards_InvalidProof();

        IDeed collection = _collectionOf(deed);
        address owner;
        (owner, amount) = collection.recordClaim(deed.tokenId(), cumulative, epoch);
        (address payee, bool banned) = _payeeOf(collection, owner);
        if (banned) revert AvailabilityRewards_OwnerBanned(deed, owner);
        emit Claimed(deed, payee, epoch, cumulative, amount);
        _pay(payee, amount);
    }

    /// @inheritdoc IAvailabilityRewards
    function claimMany(
        uint64 epoch,
        DeedId[] calldata deeds,
        uint256[] calldata cumulatives,
        bytes32[] calldata proof,
        bool[] calldata proofFlags
    ) external returns (uint256 amount) {
        bytes32 root = _rootOf(epoch);
        bytes32[] memory leaves = _leavesOf(deeds, cumulatives);
        if (MerkleProof.processMultiProofCalldata(proof, proofFlags, leaves) != root) {
            revert AvailabilityRewards_InvalidProof();
        }
        return _claimAll(epoch, deeds, cumulatives);
    }

    /// @inheritdoc IAvailabilityRewards
    function claimable(DeedId deed, uint64 epoch, uint256 cumulative) external view returns (uint256) {
        IDeed collection = _collectionOf(deed);
        uint256 tokenId = deed.tokenId();
        (IDeed.ClaimStatus status, address owner) = collection.claimStatus(tokenId, cumulative, epoch);
        if (status != IDeed.ClaimStatus.Claimable || OPERATORS.isBanned(owner)) return 0;
        uint256 claimed = collection.recordOf(tokenId).claimed;
        return collection.mintedAt(tokenId, cumulative) - collection.mintedAt(tokenId, claimed);
    }

    /// @inheritdoc IAvailabilityRewards
    function pools() external view returns (Pool[] memory) {
        return _pools;
    }

    /// @dev The leaves are proven.
    function _claimAll(
        uint64 epoch,
        DeedId[] calldata deeds,
        uint256[] calldata cumulatives
    ) private returns (uint256 amount) {
        Run memory run;
        for (uint256 i = 0; i < deeds.length; ++i) _claimOne(run, deeds[i], epoch, cumulatives[i]);
        _payRun(run);
        return run.paid;
    }

    /// @dev One deed of a batch: skipped with its reason, or recorded and added to the run.
    function _claimOne(Run memory run, DeedId deed, uint64 epoch, uint256 cumulative) private {
        IDeed collection = _collectionOf(deed);
        (IDeed.ClaimStatus status, address owner) = collection.claimStatus(deed.tokenId(), cumulative, epoch);
        (address payee, bool banned) = _payeeOf(collection, owner);
        if (banned) status = IDeed.ClaimStatus.Banned;
        if (status != IDeed.ClaimStatus.Claimable) {
            emit ClaimSkipped(deed, status);
            return;
        }
        if (payee != run.payee) {
            _payRun(run);
            run.payee = payee;
        }
        (, uint256 amount) = collection.recordClaim(deed.tokenId(), cumulative, epoch);
        run.owed += amount;
        emit Claimed(deed, payee, epoch, cumulative, amount);
    }

    function _payRun(Run memory run) private {
        uint256 owed = run.owed;
        run.owed = 0;
        run.paid += owed;
        if (owed != 0) _pay(run.payee, owed);
    }

    function _pay(address payee, uint256 amount) private {
        if (payee == _POOLS) _payPools(amount);
        else TOKEN.mint(payee, amount);
    }

    /// @dev Each pool gets its share rounded down, the last one the rest: the sum is `amount` to the wei.
    function _payPools(uint256 amount) private {
        uint256 left = amount;
        uint256 last = _pools.length - 1;
        for (uint256 i = 0; i < last; ++i) {
            Pool memory pool = _pools[i];
            uint256 part = (amount * pool.share) / _BASIS_POINTS;
            left -= part;
            TOKEN.mint(pool.account, part);
        }
        TOKEN.mint(_pools[last].account, left);
    }

    function _leavesOf(
        DeedId[] calldata deeds,
        uint256[] calldata cumulatives
    ) private pure returns (bytes32[] memory leaves) {
        uint256 count = deeds.length;
        if (count == 0) revert AvailabilityRewards_ZeroCount();
        if (count != cumulatives.length) revert AvailabilityRewards_LengthMismatch(count, cumulatives.length);
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = Leaf.availability(deeds[i], cumulatives[i]);
    }

    function _rootOf(uint64 epoch) private view returns (bytes32 root) {
        root = LEDGER.rootOf(epoch);
        if (root == bytes32(0)) revert AvailabilityRewards_NoRoot(epoch);
    }

    function _payeeOf(IDeed collection, address owner) private view returns (address payee, bool banned) {
        (payee, banned) = OPERATORS.payoutOf(owner);
        if (collection == GENESIS_NODE_DEED) payee = _POOLS;
    }

    function _collectionOf(DeedId deed) private view returns (IDeed) {
        DeedKind kind = deed.kind();
        if (kind == DeedKind.Node) return NODE_DEED;
        return kind == DeedKind.Master ? MASTER_NODE_DEED : GENESIS_NODE_DEED;
    }
}
