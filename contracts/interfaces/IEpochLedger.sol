// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CompactSignature, EpochReport} from "../types/EpochReport.sol";
import {LeafKind} from "../types/Leaf.sol";
import {IEpochClock} from "./IEpochClock.sol";

/// @title IEpochLedger
/// @notice One root per epoch, agreed by the oracles off chain, kept here for everybody to prove against.
/// @dev Guarantees. (1) A root is stored only with a quorum of current oracles' signatures over exactly it. (2) Epochs only go
/// up, and only ended ones are stored. (3) Every root names the one before it. (4) An active root never changes. (5) A root is
/// pending for `ACTIVATION_DELAY` and active from then on; at most one root is pending, and nothing builds on it. (6) A pending
/// root that is shown to be wrong is never active, and its signers are no oracles any more.
/// EIP-712 domain `EpochLedger`, version `1`. Skipped epochs have no root: leaves are cumulative, so the next one covers them.
interface IEpochLedger is IEpochClock {
    /// @param signers Bit `i`: the oracle at position `i` of the set at `setPointer` signed.
    event EpochCommitted(
        uint64 indexed epoch,
        bytes32 indexed root,
        bytes32 previousRoot,
        bytes32 dataHash,
        uint64 leafCount,
        uint256 signers,
        address setPointer
    );

    /// @notice The pending root is gone, and the epoch can be committed again. Comes after the removals of its signers.
    /// @param by Who brought the proof.
    event EpochDisproved(uint64 indexed epoch, bytes32 indexed root, address indexed by);

    /// @notice The epoch is still running. Unix seconds.
    error EpochLedger_NotEnded(uint64 epoch, uint256 end, uint256 time);
    error EpochLedger_NotLater(uint64 epoch, uint64 lastCommitted);
    /// @notice The last root, of `epoch`, can still be disproved. Unix seconds.
    error EpochLedger_PreviousPending(uint64 epoch, uint256 activeFrom);
    error EpochLedger_WrongPreviousRoot(bytes32 given, bytes32 expected);
    error EpochLedger_ZeroRoot();
    /// @notice There is no root, or the last one is active for good.
    error EpochLedger_NothingPending();
    /// @notice A leaf is not in its root; or there is no root before, and a leaf of it was named all the same.
    error EpochLedger_InvalidProof();
    /// @notice The leaf is as it may be: it went from `before` to `later`, and may grow by up to `most`.
    error EpochLedger_NotDisproved(uint256 before, uint256 later, uint256 most);
    /// @notice The delay has to be shorter than an epoch, or commits would fall behind. Seconds.
    error EpochLedger_DelayTooLong(uint256 activationDelay, uint256 epochDuration);

    /// @notice Commits an epoch. Anybody may send it; not while paused, and not while the last root is pending.
    /// @param signatures At least a quorum, ascending by signer (see `IOracleRegistry.verify`).
    function commit(EpochReport calldata report, CompactSignature[] calldata signatures) external;

    /// @notice Shows that the pending root is wrong: one of its leaves shrank since the root before, or grew by more than 255 for
    /// each epoch between the two. The root is deleted and all its signers are ejected. Anybody, also while paused.
    /// @dev No root before, or no leaf in it: `cumulativeBefore` is zero, `proofBefore` empty, and the leaf may be up to
    /// `255 × (epoch + 1)`.
    /// @param id As in the leaves: a deed, or the hash of a job and a deed.
    /// @param cumulativeBefore As in the leaf of the last active root.
    /// @param proofBefore Siblings from that leaf up.
    /// @param cumulativeAfter As in the leaf of the pending root.
    /// @param proofAfter Siblings from that leaf up.
    function disprove(
        LeafKind kind,
        uint256 id,
        uint256 cumulativeBefore,
        bytes32[] calldata proofBefore,
        uint256 cumulativeAfter,
        bytes32[] calldata proofAfter
    ) external;

    /// @notice Stops commits. Guardian only; roots committed before become active, stay claimable, and can be disproved.
    function pause() external;

    function unpause() external;

    /// @notice The active root of `epoch`; zero when it has none, or none yet.
    function rootOf(uint64 epoch) external view returns (bytes32);

    /// @notice The last committed epoch and its root, pending or active; `committed` is false before the first commit.
    function latest() external view returns (bool committed, uint64 epoch, bytes32 root);

    /// @notice The root that can still be disproved, and the Unix second at which it becomes active; zeroes when none is pending.
    function pending() external view returns (uint64 epoch, bytes32 root, uint256 activeFrom);

    /// @notice How long a root is pending, in seconds; less than an epoch.
    function ACTIVATION_DELAY() external view returns (uint256);

    /// @notice The EIP-712 digest that oracles sign.
    function digestOf(EpochReport calldata report) external view returns (bytes32);
}
