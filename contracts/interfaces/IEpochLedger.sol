// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CompactSignature, EpochReport} from "../types/EpochReport.sol";
import {IEpochClock} from "./IEpochClock.sol";

/// @title IEpochLedger
/// @notice One root per epoch, agreed by the oracles off chain, kept here for everybody to prove against.
/// @dev Guarantees. (1) A root is stored only with a quorum of current oracles' signatures over exactly it. (2) Epochs only go
/// up, and only ended ones are stored. (3) Every root names the one before it. (4) A stored root never changes.
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

    /// @notice The epoch is still running. Unix seconds.
    error EpochLedger_NotEnded(uint64 epoch, uint256 end, uint256 time);
    error EpochLedger_NotLater(uint64 epoch, uint64 lastCommitted);
    error EpochLedger_WrongPreviousRoot(bytes32 given, bytes32 expected);
    error EpochLedger_ZeroRoot();

    /// @notice Commits an epoch. Anybody may send it; not while paused.
    /// @param signatures At least a quorum, ascending by signer (see `IOracleRegistry.verify`).
    function commit(EpochReport calldata report, CompactSignature[] calldata signatures) external;

    /// @notice Stops commits. Guardian only; roots committed before stay claimable.
    function pause() external;

    function unpause() external;

    /// @notice The root of `epoch`; zero when it has none.
    function rootOf(uint64 epoch) external view returns (bytes32);

    /// @notice The last committed epoch and its root; `committed` is false before the first commit.
    function latest() external view returns (bool committed, uint64 epoch, bytes32 root);

    /// @notice The EIP-712 digest that oracles sign.
    function digestOf(EpochReport calldata report) external view returns (bytes32);
}
