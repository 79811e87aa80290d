// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @title Emission
/// @notice The accrual law of every deed: `minted(x) = allocation × F(x)`, `x` credited epochs (paper, eqs. 4 to 7).
/// @dev `cumulative` is the sum of a deed's availability bytes, so `x = min(cumulative / 255, duration)`. Results are in
/// wei, rounded down, never decrease as `cumulative` grows, and equal `allocation` from full credit on.
library Emission {
    using Math for uint256;

    /// @notice Availability byte of a node that was there in every slot of an epoch.
    uint256 internal constant FULL = 255;

    uint256 private constant _WAD = 1e18;

    /// @notice Steepness `k` of the logistic curve.
    uint256 internal constant STEEPNESS = 10;
    /// @notice Inflection `m` of the logistic curve, as a fraction of the duration: month 22 of a vesting that runs from
    /// epoch 223 to epoch 900.
    uint256 internal constant INFLECTION_NUMERATOR = 437;
    uint256 internal constant INFLECTION_DENOMINATOR = 677;

    /// @notice Constants of the logistic curve, computed once by the contract that uses it.
    /// @param offset `B = e^(k·m)`, WAD.
    /// @param scale `(e^k + B) / (e^k − 1)`, WAD.
    struct Logistic {
        uint256 offset;
        uint256 scale;
    }

    /// @notice `F(x) = x / duration`.
    /// @param allocation Wei the deed mines in all.
    /// @param duration Epochs of full credit that mine all of it; not zero.
    /// @param cumulative Sum of credited availability bytes.
    function linear(uint256 allocation, uint256 duration, uint256 cumulative) internal pure returns (uint256) {
        uint256 full = FULL * duration;
        if (cumulative >= full) return allocation;
        return allocation.mulDiv(cumulative, full);
    }

    /// @notice The logistic curve with `STEEPNESS` and the inflection above.
    function logisticConstants() internal pure returns (Logistic memory curve) {
        uint256 top = _exp(STEEPNESS * _WAD);
        curve.offset = _exp((STEEPNESS * INFLECTION_NUMERATOR * _WAD) / INFLECTION_DENOMINATOR);
        curve.scale = ((top + curve.offset) * _WAD) / (top - _WAD);
    }

    /// @notice `F(x) = (σ(k(x/D − m)) − σ(−km)) / (σ(k(1 − m)) − σ(−km))`.
    /// @dev Written as `(E − 1)/(E + B) × (e^k + B)/(e^k − 1)` with `E = e^(kx/D)`: the same function with one exponential
    /// and without the difference of nearly equal numbers that would lose the first epochs' digits.
    function logistic(
        Logistic memory curve,
        uint256 allocation,
        uint256 duration,
        uint256 cumulative
    ) internal pure returns (uint256) {
        uint256 full = FULL * duration;
        if (cumulative >= full) return allocation;
        uint256 power = _exp((STEEPNESS * cumulative * _WAD) / full);
        uint256 share = allocation.mulDiv(power - _WAD, power + curve.offset);
        return Math.min(allocation, share.mulDiv(curve.scale, _WAD));
    }

    function _exp(uint256 exponent) private pure returns (uint256) {
        // The exponent is at most 10 WAD and the result positive: both casts are exact.
        return uint256(FixedPointMathLib.expWad(int256(exponent)));
    }
}
