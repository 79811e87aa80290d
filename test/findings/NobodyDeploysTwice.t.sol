// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deployer} from "../../contracts/deployment/Deployer.sol";
import {AvailabilityRewardsDeployer} from "../../contracts/deployment/AvailabilityRewardsDeployer.sol";
import {EpochLedgerDeployer} from "../../contracts/deployment/EpochLedgerDeployer.sol";
import {NodeDeedSaleDeployer} from "../../contracts/deployment/NodeDeedSaleDeployer.sol";
import {NodeRegistryDeployer} from "../../contracts/deployment/NodeRegistryDeployer.sol";
import {IAvailabilityRewards} from "../../contracts/interfaces/IAvailabilityRewards.sol";
import {IFeedReader} from "../../contracts/interfaces/IFeedReader.sol";
import {AvailabilityRewards} from "../../contracts/rewards/AvailabilityRewards.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// Found elsewhere: implementations that anybody initialises, before the owner or once more.
// ├── each of the four deployers: refused to anybody but its creator, before and after; to the creator the second time
// └── given a deployment that failed: its place stays free, and the creator tries again
contract NobodyDeploysTwiceTest is ProtocolFixture {
    function testFuzz_OnlyTheCreatorAndOnlyOnce(address stranger, uint256 which) public {
        vm.assume(stranger != address(this));
        (Deployer site, bytes memory call) = _site(which % 4);
        bytes memory notCreator = abi.encodeWithSelector(Deployer.Deployer_NotCreator.selector, stranger);
        _refuses(site, call, stranger, notCreator);
        vm.assertEq(site.TARGET().code.length, 0, "nothing yet");

        (bool ok, ) = address(site).call(call);
        vm.assertTrue(ok, "the creator deploys");
        bytes32 code = site.TARGET().codehash;
        vm.assertGt(site.TARGET().code.length, 0, "there");

        _refuses(site, call, stranger, notCreator);
        bytes memory twice = abi.encodeWithSelector(Deployer.Deployer_AlreadyDeployed.selector, site.TARGET());
        _refuses(site, call, address(this), twice);
        vm.assertEq(site.TARGET().codehash, code, "and stays");
    }

    function test_AFailedDeploymentCanBeTriedAgain() public {
        (Deployer site, bytes memory call) = _site(0);
        AvailabilityRewards.Wiring memory wiring;
        IAvailabilityRewards.Pool[] memory none;
        bytes memory wrong = abi.encodeCall(AvailabilityRewardsDeployer.deploy, (wiring, none));
        bytes4 notWhole = IAvailabilityRewards.AvailabilityRewards_SharesNotWhole.selector;
        _refuses(site, wrong, address(this), abi.encodeWithSelector(notWhole, 0));
        vm.assertEq(site.TARGET().code.length, 0, "free");
        (bool ok, ) = address(site).call(call);
        vm.assertTrue(ok, "again");
        vm.assertGt(site.TARGET().code.length, 0, "at the foretold place");
    }

    /// @dev A new deployer, and the call that makes it deploy.
    function _site(uint256 which) private returns (Deployer site, bytes memory call) {
        if (which == 0) {
            site = Deployer(_create("AvailabilityRewardsDeployer.sol:AvailabilityRewardsDeployer", ""));
            AvailabilityRewards.Wiring memory wiring;
            call = abi.encodeCall(AvailabilityRewardsDeployer.deploy, (wiring, _poolShares()));
        } else if (which == 1) {
            site = Deployer(_create("NodeRegistryDeployer.sol:NodeRegistryDeployer", ""));
            call = abi.encodeCall(
                NodeRegistryDeployer.deploy,
                (address(manager), ledger, operators, DELAY, nodeDeed, masterDeed, genesisDeed)
            );
        } else if (which == 2) {
            site = Deployer(_create("EpochLedgerDeployer.sol:EpochLedgerDeployer", ""));
            call = abi.encodeCall(
                EpochLedgerDeployer.deploy,
                (address(manager), oracleRegistry, GENESIS, EPOCH, ACTIVATION)
            );
        } else {
            site = Deployer(_create("NodeDeedSaleDeployer.sol:NodeDeedSaleDeployer", ""));
            IFeedReader.FeedConfig memory config = sale.feedConfig();
            call = abi.encodeCall(
                NodeDeedSaleDeployer.deploy,
                (address(manager), r1, nodeDeed, operators, address(pools[0]), address(pools[1]), config)
            );
        }
    }

    function _refuses(Deployer site, bytes memory call, address caller, bytes memory why) private {
        vm.prank(caller);
        (bool ok, bytes memory answer) = address(site).call(call);
        vm.assertFalse(ok, "refused");
        vm.assertEq(keccak256(answer), keccak256(why), "for this reason");
    }
}
