// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Supply
/// @notice The fixed shares of the R1 supply (paper, sections 3.1.1 and 3.1.4), in wei of R1.
library Supply {
    /// @notice No more than this is ever minted, burned tokens included.
    uint256 internal constant CAP = 161_803_398e18;

    /// @notice Number of Node Deeds there can ever be: the sum of the twelve tiers.
    uint256 internal constant NODE_DEEDS = 46_224;
    /// @notice What one Node Deed mines in all: an equal share of 45 % of the cap, rounded down.
    uint256 internal constant NODE_DEED_ALLOCATION = (CAP * 45) / 100 / NODE_DEEDS;

    uint256 internal constant MASTER_DEEDS = 500;
    /// @notice The Master Node Deeds together mine at most 26.1 % of the cap.
    uint256 internal constant MASTER_ALLOCATION = (CAP * 261) / 1000;
    /// @notice One Master Node Deed mines at most 2 % of the cap.
    uint256 internal constant MASTER_DEED_MAX_ALLOCATION = (CAP * 2) / 100;

    /// @notice The Genesis Node Deed mines 28.9 % of the cap.
    uint256 internal constant GENESIS_ALLOCATION = (CAP * 289) / 1000;
}
