// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title FixedPointMathLib
/// @notice What the proofs take for Solady's `expWad`, whose assembly the checker cannot read: some function of the exponent,
/// `e^0` at zero and elsewhere between `e^0` and `e^10`. `ecrecover` stands for a function of which nothing is known.
/// @dev That these bounds hold is checked for every exponent that the protocol asks for by `test/formal/Exhaustive.t.sol`. There
/// is no `require` here: the checker would take it for granted even behind an earlier `return` of the caller.
library FixedPointMathLib {
    function expWad(int256 exponent) internal pure returns (int256) {
        uint256 above = uint160(ecrecover(bytes32(uint256(exponent)), 0, 0, 0)) % 22_026e18;
        return exponent == 0 ? int256(1e18) : int256(1e18 + above);
    }
}
