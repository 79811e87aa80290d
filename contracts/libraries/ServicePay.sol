// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ServicePay
/// @notice What service earns (paper, sections 3.1 and 3.2.5).
library ServicePay {
    /// @notice The byte of an epoch served in full.
    uint256 internal constant FULL = 255;

    uint256 private constant _PERCENT = 100;
    /// @dev Availability below it, in percent, costs the penalty.
    uint256 private constant _AGREED = 98;
    uint256 private constant _PENALTY = 10;
    uint256 private constant _OWNER = 85;

    /// @param paid To the deed's owner. @param burned Out of circulation. @param penalty Stays in the job. Their sum is gross.
    struct Parts {
        uint256 paid;
        uint256 burned;
        uint256 penalty;
    }

    /// @notice Splits what `served` bytes over `epochs` epochs earn at `rate` wei an epoch.
    /// @param served At most `FULL × epochs`.
    function split(uint256 rate, uint256 served, uint256 epochs) internal pure returns (Parts memory parts) {
        uint256 gross = (rate * served) / FULL;
        bool isAgreed = served * _PERCENT >= FULL * epochs * _AGREED;
        parts.penalty = isAgreed ? 0 : (gross * _PENALTY + _PERCENT - 1) / _PERCENT;
        uint256 earned = gross - parts.penalty;
        parts.paid = (earned * _OWNER) / _PERCENT;
        parts.burned = earned - parts.paid;
    }
}
