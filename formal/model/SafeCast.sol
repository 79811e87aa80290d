// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title SafeCast
/// @notice What the proofs take for OpenZeppelin's `SafeCast`, whose errors the checker does not know to end the call.
library SafeCast {
    function toUint32(uint256 value) internal pure returns (uint32) {
        require(value <= type(uint32).max);
        return uint32(value);
    }
}
