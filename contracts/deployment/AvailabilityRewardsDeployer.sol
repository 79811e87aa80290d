// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAvailabilityRewards} from "../interfaces/IAvailabilityRewards.sol";
import {AvailabilityRewards} from "../rewards/AvailabilityRewards.sol";
import {Deployer} from "./Deployer.sol";

/// @title AvailabilityRewardsDeployer
/// @notice R1 and the deeds name the rewards contract, and it names them.
contract AvailabilityRewardsDeployer is Deployer {
    /// @notice Arguments as in `AvailabilityRewards`.
    function deploy(
        AvailabilityRewards.Wiring calldata wiring,
        IAvailabilityRewards.Pool[] calldata pools
    ) external onlyCreatorOnce {
        new AvailabilityRewards(wiring, pools);
    }
}
