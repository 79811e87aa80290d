// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {MerkleProofLib} from "solady/src/utils/MerkleProofLib.sol";

import {IEpochLedger} from "../interfaces/IEpochLedger.sol";
import {IOracleRegistry} from "../interfaces/IOracleRegistry.sol";
import {EpochClock} from "../libraries/EpochClock.sol";
import {CompactSignature, EpochReport} from "../types/EpochReport.sol";
import {Leaf, LeafKind} from "../types/Leaf.sol";

/// @title EpochLedger
/// @notice See `IEpochLedger`.
contract EpochLedger is EpochClock, EIP712, AccessManaged, Pausable, IEpochLedger {
    using SafeCast for uint256;

    /// @dev All about the last commit but its root, in one slot.
    struct Head {
        /// Its epoch plus one; zero before the first commit.
        uint48 next;
        /// The same of the commit before it.
        uint48 previousNext;
        /// Unix seconds.
        uint64 activeFrom;
        /// Who signed, by position in the oracle set of that version: whoever disproves brings no signatures.
        uint64 signers;
        uint32 setVersion;
    }

    bytes32 private constant _REPORT_TYPEHASH = keccak256(
        "EpochReport(uint64 epoch,bytes32 previousRoot,bytes32 root,bytes32 dataHash,uint64 leafCount)"
    );

    /// @dev What a leaf can be credited with for one epoch.
    uint256 private constant _FULL = 255;

    IOracleRegistry public immutable ORACLES;
    /// @inheritdoc IEpochLedger
    uint256 public immutable ACTIVATION_DELAY;

    Head private _head;
    mapping(uint64 epoch => bytes32) private _roots;

    /// @param genesis Unix seconds. @param epochDuration Seconds. @param activationDelay Seconds, less than an epoch.
    constructor(
        address authority,
        IOracleRegistry oracles,
        uint256 genesis,
        uint256 epochDuration,
        uint256 activationDelay
    ) EpochClock(genesis, epochDuration) EIP712("EpochLedger", "1") AccessManaged(authority) {
        if (activationDelay >= epochDuration) revert EpochLedger_DelayTooLong(activationDelay, epochDuration);
        ORACLES = oracles;
        ACTIVATION_DELAY = activationDelay;
    }

    /// @inheritdoc IEpochLedger
    function commit(EpochReport calldata report, CompactSignature[] calldata signatures) external whenNotPaused {
        uint48 next = _head.next;
        _requireNext(report, next);
        (uint256 signers, address setPointer, uint32 setVersion) = ORACLES.verify(digestOf(report), signatures);

        _head = Head({
            next: (uint256(report.epoch) + 1).toUint48(),
            previousNext: next,
            activeFrom: (_now() + ACTIVATION_DELAY).toUint64(),
            signers: signers.toUint64(),
            setVersion: setVersion
        });
        _roots[report.epoch] = report.root;
        emit EpochCommitted(
            report.epoch,
            report.root,
            report.previousRoot,
            report.dataHash,
            report.leafCount,
            signers,
            setPointer
        );
    }

    /// @inheritdoc IEpochLedger
    function disprove(
        LeafKind kind,
        uint256 id,
        uint256 cumulativeBefore,
        bytes32[] calldata proofBefore,
        uint256 cumulativeAfter,
        bytes32[] calldata proofAfter
    ) external {
        if (!_isPending()) revert EpochLedger_NothingPending();
        Head memory head = _head;
        uint64 epoch = head.next - 1;
        bytes32 root = _roots[epoch];
        _requireLeaf(root, Leaf.hash(kind, id, cumulativeAfter), proofAfter);

        uint256 epochs = head.next;
        // A leaf that is new may have grown from nothing since epoch 0.
        if (cumulativeBefore != 0 || proofBefore.length != 0) {
            if (head.previousNext == 0) revert EpochLedger_InvalidProof();
            _requireLeaf(_roots[head.previousNext - 1], Leaf.hash(kind, id, cumulativeBefore), proofBefore);
            epochs -= head.previousNext;
        }
        _requireWrong(cumulativeBefore, cumulativeAfter, _FULL * epochs);

        _takeBack(head);
        ORACLES.ejectSigners(head.setVersion, head.signers);
        emit EpochDisproved(epoch, root, msg.sender);
    }

    /// @inheritdoc IEpochLedger
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IEpochLedger
    function unpause() external restricted {
        _unpause();
    }

    /// @inheritdoc IEpochLedger
    function rootOf(uint64 epoch) external view returns (bytes32) {
        if (_isPending() && uint256(epoch) + 1 == _head.next) return bytes32(0);
        return _roots[epoch];
    }

    /// @inheritdoc IEpochLedger
    function latest() external view returns (bool committed, uint64 epoch, bytes32 root) {
        uint48 next = _head.next;
        if (next != 0) return (true, next - 1, _roots[next - 1]);
    }

    /// @inheritdoc IEpochLedger
    function pending() external view returns (uint64 epoch, bytes32 root, uint256 activeFrom) {
        uint48 next = _head.next;
        if (_isPending()) return (next - 1, _roots[next - 1], _head.activeFrom);
    }

    /// @inheritdoc IEpochLedger
    function digestOf(EpochReport calldata report) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(_REPORT_TYPEHASH, report)));
    }

    /// @dev The commit before becomes the last one again. It is active: the one taken back was not accepted before.
    function _takeBack(Head memory head) private {
        delete _roots[head.next - 1];
        _head = Head({next: head.previousNext, previousNext: 0, activeFrom: 0, signers: 0, setVersion: 0});
    }

    /// @param next The last committed epoch plus one.
    function _requireNext(EpochReport calldata report, uint48 next) private view {
        if (report.epoch < next) revert EpochLedger_NotLater(report.epoch, next - 1);
        uint256 end = epochEnd(report.epoch);
        if (_now() < end) revert EpochLedger_NotEnded(report.epoch, end, _now());
        if (_isPending()) revert EpochLedger_PreviousPending(next - 1, _head.activeFrom);
        bytes32 previousRoot = next == 0 ? bytes32(0) : _roots[next - 1];
        if (report.previousRoot != previousRoot) {
            revert EpochLedger_WrongPreviousRoot(report.previousRoot, previousRoot);
        }
        if (report.root == bytes32(0)) revert EpochLedger_ZeroRoot();
    }

    function _isPending() private view returns (bool) {
        return _now() < _head.activeFrom;
    }

    function _requireLeaf(bytes32 root, bytes32 leaf, bytes32[] calldata proof) private pure {
        if (!MerkleProofLib.verifyCalldata(proof, root, leaf)) revert EpochLedger_InvalidProof();
    }

    function _requireWrong(uint256 before, uint256 later, uint256 most) private pure {
        bool grewWithin = later >= before && later - before <= most;
        if (grewWithin) revert EpochLedger_NotDisproved(before, later, most);
    }
}
