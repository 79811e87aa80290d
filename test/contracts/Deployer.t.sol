// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAvailabilityRewards} from "../../contracts/interfaces/IAvailabilityRewards.sol";
import {Deployer} from "../../contracts/deployment/Deployer.sol";
import {AvailabilityRewardsDeployer} from "../../contracts/deployment/AvailabilityRewardsDeployer.sol";
import {AvailabilityRewards} from "../../contracts/rewards/AvailabilityRewards.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// Deployer
// ├── the target is where the contract comes to be
// ├── when anybody but its creator deploys: refused
// ├── when twice: refused
// └── every contract of the protocol names the right others
contract DeployerTest is ProtocolFixture {
    function test_DeploysOnceAtTheForetoldAddressForItsCreator() public {
        AvailabilityRewardsDeployer site = AvailabilityRewardsDeployer(
            _create("AvailabilityRewardsDeployer.sol:AvailabilityRewardsDeployer", "")
        );
        AvailabilityRewards.Wiring memory wiring;
        IAvailabilityRewards.Pool[] memory shares = _poolShares();
        vm.assertEq(site.TARGET().code.length, 0, "nothing yet");
        vm.expectRevert(abi.encodeWithSelector(Deployer.Deployer_NotCreator.selector, guardian));
        vm.prank(guardian);
        site.deploy(wiring, shares);
        site.deploy(wiring, shares);
        vm.assertGt(site.TARGET().code.length, 0, "there");
        vm.expectRevert(abi.encodeWithSelector(Deployer.Deployer_AlreadyDeployed.selector, site.TARGET()));
        site.deploy(wiring, shares);
    }

    function test_EveryContractNamesTheRightOthers() public view {
        vm.assertEq(r1.MINTER(), address(rewards), "minter");
        vm.assertEq(nodeDeed.SALE(), address(sale), "sale");
        vm.assertEq(address(sale.NODE_DEED()), address(nodeDeed), "deed of the sale");
        vm.assertEq(address(sale.TOKEN()), address(r1), "token of the sale");
        vm.assertEq(address(rewards.TOKEN()), address(r1), "token of the rewards");
        vm.assertEq(address(rewards.LEDGER()), address(ledger), "ledger");
        vm.assertEq(address(ledger.ORACLES()), address(oracleRegistry), "oracles");
        vm.assertEq(address(oracleRegistry.LEDGER()), address(ledger), "ledger of the oracles");
        vm.assertEq(address(oracleRegistry.NODE_REGISTRY()), address(nodes), "nodes");
        vm.assertEq(address(nodes.NODE_DEED()), address(nodeDeed), "ND");
        vm.assertEq(address(nodes.MASTER_NODE_DEED()), address(masterDeed), "MND");
        vm.assertEq(address(nodes.GENESIS_NODE_DEED()), address(genesisDeed), "GND");
        vm.assertEq(address(nodeDeed.NODE_REGISTRY()), address(nodes), "registry of ND");
        vm.assertEq(masterDeed.REWARDS(), address(rewards), "rewards of MND");
        vm.assertEq(nodes.GENESIS(), ledger.GENESIS(), "clock");
        vm.assertEq(nodes.EPOCH_DURATION(), ledger.EPOCH_DURATION(), "clock");
    }
}
