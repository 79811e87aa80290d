// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {NodeDeedSale} from "../deeds/NodeDeedSale.sol";
import {IFeedReader} from "../interfaces/IFeedReader.sol";
import {INodeDeed} from "../interfaces/INodeDeed.sol";
import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";
import {IR1} from "../interfaces/IR1.sol";
import {Deployer} from "./Deployer.sol";

/// @title NodeDeedSaleDeployer
/// @notice The Node Deed names its sale, and the sale names the deed.
contract NodeDeedSaleDeployer is Deployer {
    /// @notice Arguments as in `NodeDeedSale`.
    function deploy(
        address authority,
        IR1 r1,
        INodeDeed nodeDeed,
        IOperatorRegistry operators,
        address liquidityWallet,
        address operationsWallet,
        IFeedReader.FeedConfig calldata config
    ) external onlyCreatorOnce {
        new NodeDeedSale(authority, r1, nodeDeed, operators, liquidityWallet, operationsWallet, config);
    }
}
