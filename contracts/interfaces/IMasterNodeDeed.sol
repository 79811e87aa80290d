// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeed} from "./IDeed.sol";

/// @title IMasterNodeDeed
/// @notice The licence of founders and seed partners: at most 500, soulbound, each with an allocation of its own, mined along
/// a logistic curve after a cliff.
interface IMasterNodeDeed is IDeed {
    event MasterNodeDeedIssued(uint256 indexed tokenId, address indexed owner, uint256 allocation);

    error MasterNodeDeed_ZeroAllocation();
    /// @notice One deed may mine at most 2 % of the supply. Wei.
    error MasterNodeDeed_AllocationTooLarge(uint256 allocation, uint256 most);
    /// @notice All together may mine at most 26.1 % of the supply. Wei.
    error MasterNodeDeed_AllocationsExhausted(uint256 allocation, uint256 left);
    error MasterNodeDeed_AllIssued(uint256 most);

    /// @notice Issues a deed that mines `allocation` wei to `to`, an approved operator. Governance only.
    function issue(address to, uint256 allocation) external returns (uint256 tokenId);

    /// @notice Wei assigned to the deeds issued so far.
    function totalAllocated() external view returns (uint256);
}
