// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeed} from "./IDeed.sol";

/// @title IGenesisNodeDeed
/// @notice The one licence of the foundation, soulbound. What it mines goes to the treasury pools, never to its owner.
interface IGenesisNodeDeed is IDeed {
    error GenesisNodeDeed_AlreadyIssued();

    /// @notice Issues the deed, token 1, to `to`, an approved operator. Governance only, once.
    function issue(address to) external;
}
