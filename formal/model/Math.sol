// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Math
/// @notice What the proofs take for OpenZeppelin's `Math`, whose assembly the checker cannot read.
/// @dev `mulDiv` of OpenZeppelin is exact in 512 bits and equals `x * y / denominator` while the product fits in 256. Here the
/// product is checked, so each proof that uses it also shows that the product does fit.
library Math {
    enum Rounding {
        Floor,
        Ceil,
        Trunc,
        Expand
    }

    function mulDiv(uint256 x, uint256 y, uint256 denominator) internal pure returns (uint256) {
        return (x * y) / denominator;
    }

    function mulDiv(
        uint256 x,
        uint256 y,
        uint256 denominator,
        Rounding rounding
    ) internal pure returns (uint256 result) {
        assert(rounding == Rounding.Ceil);
        result = (x * y) / denominator;
        if ((x * y) % denominator != 0) ++result;
    }

    function min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }
}
