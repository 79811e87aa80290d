// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IOracleRegistry} from "../interfaces/IOracleRegistry.sol";
import {EpochLedger} from "../oracles/EpochLedger.sol";
import {Deployer} from "./Deployer.sol";

/// @title EpochLedgerDeployer
/// @notice The oracle registry names the ledger, and it names the registry.
contract EpochLedgerDeployer is Deployer {
    /// @notice Arguments as in `EpochLedger`.
    function deploy(
        address authority,
        IOracleRegistry oracles,
        uint256 genesis,
        uint256 epochDuration,
        uint256 activationDelay
    ) external onlyCreatorOnce {
        new EpochLedger(authority, oracles, genesis, epochDuration, activationDelay);
    }
}
