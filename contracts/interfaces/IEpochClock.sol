// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IEpochClock
/// @notice Epoch `e` covers `[GENESIS + e × EPOCH_DURATION, GENESIS + (e + 1) × EPOCH_DURATION)`, in seconds.
interface IEpochClock {
    error EpochClock_ZeroDuration();

    /// @notice Start of epoch 0, Unix seconds.
    function GENESIS() external view returns (uint256);

    /// @notice Length of an epoch, seconds (86,400 in production).
    function EPOCH_DURATION() external view returns (uint256);

    /// @notice The running epoch; 0 before genesis too.
    function currentEpoch() external view returns (uint64);

    /// @notice First second after `epoch`, Unix seconds.
    function epochEnd(uint64 epoch) external view returns (uint256);
}
