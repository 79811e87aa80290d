// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IEpochClock} from "../interfaces/IEpochClock.sol";

/// @title EpochClock
/// @notice Divides time into epochs of equal length.
abstract contract EpochClock is IEpochClock {
    /// @inheritdoc IEpochClock
    uint256 public immutable GENESIS;
    /// @inheritdoc IEpochClock
    uint256 public immutable EPOCH_DURATION;

    constructor(uint256 genesis, uint256 epochDuration) {
        if (epochDuration == 0) revert EpochClock_ZeroDuration();
        GENESIS = genesis;
        EPOCH_DURATION = epochDuration;
    }

    /// @inheritdoc IEpochClock
    function currentEpoch() public view returns (uint64) {
        uint256 time = _now();
        if (time < GENESIS) return 0;
        return uint64((time - GENESIS) / EPOCH_DURATION);
    }

    /// @inheritdoc IEpochClock
    function epochEnd(uint64 epoch) public view returns (uint256) {
        return GENESIS + (uint256(epoch) + 1) * EPOCH_DURATION;
    }

    /// @dev The only place where a contract with epochs reads time.
    function _now() internal view virtual returns (uint256) {
        return block.timestamp;
    }
}
