// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeed} from "./IDeed.sol";

/// @title INodeDeed
/// @notice The public licence: 46,224 deeds, sold in tiers, each mining an equal share of 45 % of the supply, linearly.
interface INodeDeed is IDeed {
    error NodeDeed_NotSale(address caller);
    error NodeDeed_ZeroCount();
    error NodeDeed_SoldOut(uint256 wanted, uint256 left);

    /// @notice The only contract that issues Node Deeds.
    function SALE() external view returns (address);

    /// @notice Issues `count` deeds with consecutive ids to `to`, an approved operator. Only the sale.
    /// @dev No receiver callback: a buyer is a known operator, and a callback could only be used to re-enter.
    function issue(address to, uint256 count) external returns (uint256 firstId);
}
