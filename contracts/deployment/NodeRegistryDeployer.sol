// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeed} from "../interfaces/IDeed.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";
import {NodeRegistry} from "../nodes/NodeRegistry.sol";
import {Deployer} from "./Deployer.sol";

/// @title NodeRegistryDeployer
/// @notice The deeds name the node registry, and it names the deeds.
contract NodeRegistryDeployer is Deployer {
    /// @notice Arguments as in `NodeRegistry`.
    function deploy(
        address authority,
        IEpochClock clock,
        IOperatorRegistry operators,
        uint256 reassociationDelay,
        IDeed nodeDeed,
        IDeed masterNodeDeed,
        IDeed genesisNodeDeed
    ) external onlyCreatorOnce {
        new NodeRegistry(authority, clock, operators, reassociationDelay, nodeDeed, masterNodeDeed, genesisNodeDeed);
    }
}
