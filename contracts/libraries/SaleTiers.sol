// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title SaleTiers
/// @notice The twelve price tiers of the Node Deeds: US dollars a deed, and how many deeds at that price.
library SaleTiers {
    uint256 internal constant COUNT = 12;

    // Twelve fields of 20 bits in one word each, the first tier lowest.
    uint256 private constant _WIDTH = 20;
    uint256 private constant _MASK = (1 << _WIDTH) - 1;

    uint256 private constant _PRICES =
        500 |
            (750 << 20) |
            (1000 << 40) |
            (1500 << 60) |
            (2000 << 80) |
            (2500 << 100) |
            (3000 << 120) |
            (3500 << 140) |
            (4000 << 160) |
            (5000 << 180) |
            (7000 << 200) |
            (9500 << 220);

    uint256 private constant _UNITS =
        89 |
            (144 << 20) |
            (233 << 40) |
            (377 << 60) |
            (610 << 80) |
            (987 << 100) |
            (1597 << 120) |
            (2584 << 140) |
            (4181 << 160) |
            (6765 << 180) |
            (10_946 << 200) |
            (17_711 << 220);

    /// @notice `wanted` deeds were asked for when only `left` remain.
    error SaleTiers_SoldOut(uint256 wanted, uint256 left);

    /// @notice Price in whole US dollars and number of deeds of tier `index`, 0 to 11.
    function tier(uint256 index) internal pure returns (uint256 price, uint256 units) {
        uint256 shift = index * _WIDTH;
        return ((_PRICES >> shift) & _MASK, (_UNITS >> shift) & _MASK);
    }

    /// @notice Whole US dollars for the next `count` deeds when `sold` are sold: each deed at its own tier's price.
    function cost(uint256 sold, uint256 count) internal pure returns (uint256 dollars) {
        uint256 wanted = count;
        uint256 prices = _PRICES;
        uint256 units = _UNITS;
        // Each turn drops the lowest tier of both words; no units are left after the last.
        for (; units != 0 && wanted != 0; (units >>= _WIDTH, prices >>= _WIDTH)) {
            uint256 left = units & _MASK;
            if (sold >= left) {
                sold -= left;
                continue;
            }
            left -= sold;
            sold = 0;
            uint256 taken = left < wanted ? left : wanted;
            dollars += taken * (prices & _MASK);
            wanted -= taken;
        }
        if (wanted != 0) revert SaleTiers_SoldOut(count, count - wanted);
    }
}
