// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IFeedReader} from "../../contracts/interfaces/IFeedReader.sol";
import {IOperatorRegistry} from "../../contracts/interfaces/IOperatorRegistry.sol";
import {IResourceCatalog} from "../../contracts/interfaces/IResourceCatalog.sol";
import {JobFixture} from "../helpers/JobFixture.sol";

// AccessManager: every restricted function × every role
// ├── the role it answers to may call it, everybody else is refused, governance included where it is not its own
// ├── given a delay: an operation is scheduled first
// └── a pause is the guardian's, and lifting it governance's
contract AccessTest is JobFixture {
    struct Door {
        address target;
        bytes call;
        /// Who may: governance (this test), guardian, compliance or treasurer.
        address key;
    }

    Door[] private doors;
    address private stranger = vm.addr(_key("stranger", 0));

    function setUp() public override {
        super.setUp();
        address alice = _operator("alice", 0);
        _buy(alice, 3);
        address governance = address(this);
        doors.push(Door(address(sale), abi.encodeCall(sale.pause, ()), guardian));
        doors.push(Door(address(sale), abi.encodeCall(sale.unpause, ()), governance));
        doors.push(Door(address(sale), abi.encodeCall(sale.configureFeed, (_feedConfig())), governance));
        doors.push(Door(address(nodes), abi.encodeCall(nodes.pause, ()), guardian));
        doors.push(Door(address(nodes), abi.encodeCall(nodes.unpause, ()), governance));
        doors.push(Door(address(ledger), abi.encodeCall(ledger.pause, ()), guardian));
        doors.push(Door(address(ledger), abi.encodeCall(ledger.unpause, ()), governance));
        _addJobDoors();
        _addOperatorDoors(alice);
        doors.push(Door(address(masterDeed), abi.encodeCall(masterDeed.issue, (alice, 1)), governance));
        doors.push(Door(address(genesisDeed), abi.encodeCall(genesisDeed.issue, (alice)), governance));
        address[3] memory deeds = [address(nodeDeed), address(masterDeed), address(genesisDeed)];
        for (uint256 i = 0; i < 3; ++i) {
            doors.push(Door(deeds[i], abi.encodeCall(nodeDeed.ban, (1, "why")), compliance));
            doors.push(Door(deeds[i], abi.encodeCall(nodeDeed.unban, (1)), compliance));
        }
        doors.push(Door(address(oracleRegistry), abi.encodeCall(oracleRegistry.addOracle, (alice)), governance));
        doors.push(Door(address(oracleRegistry), abi.encodeCall(oracleRegistry.removeOracle, (alice)), governance));
        for (uint256 i = 0; i < 5; ++i) {
            address pool = address(pools[i]);
            doors.push(Door(pool, abi.encodeCall(pools[i].release, (alice, 1, "why")), treasurer));
            doors.push(Door(pool, abi.encodeCall(pools[i].reachMilestone, ("why")), governance));
        }
    }

    function test_EveryDoorOpensToItsKeyAlone() public {
        address[5] memory callers = [address(this), guardian, compliance, treasurer, stranger];
        for (uint256 i = 0; i < doors.length; ++i) {
            for (uint256 k = 0; k < 5; ++k) {
                bytes memory refusal = abi.encodeWithSelector(
                    IAccessManaged.AccessManagedUnauthorized.selector,
                    callers[k]
                );
                vm.prank(callers[k]);
                (bool ok, bytes memory answer) = doors[i].target.call(doors[i].call);
                bool refused = !ok && keccak256(answer) == keccak256(refusal);
                vm.assertEq(refused, callers[k] != doors[i].key, "refused unless it is the key");
            }
        }
    }

    function testFuzz_StrangersAreRefusedEverywhere(address anybody, uint256 door) public {
        vm.assume(anybody != address(this) && anybody != guardian && anybody != compliance && anybody != treasurer);
        door = door % doors.length;
        vm.prank(anybody);
        (bool ok, bytes memory answer) = doors[door].target.call(doors[door].call);
        vm.assertFalse(ok, "refused");
        vm.assertEq(
            keccak256(answer),
            keccak256(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, anybody)),
            "as a stranger"
        );
    }

    function test_GovernanceWithADelaySchedulesFirst() public {
        address council = vm.addr(_key("council", 0));
        manager.grantRole(0, council, 2 days);
        manager.renounceRole(0, address(this));
        bytes memory call = abi.encodeCall(sale.configureFeed, (_feedConfig()));
        bytes32 operation = manager.hashOperation(council, address(sale), call);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, operation));
        vm.prank(council);
        sale.configureFeed(_feedConfig());
        vm.prank(council);
        manager.schedule(address(sale), call, 0);
        vm.warp(_now() + 2 days);
        vm.prank(council);
        manager.execute(address(sale), call);
        vm.assertEq(sale.feedConfig().maxAge, 123, "done");
    }

    function test_APauseIsLiftedOnceAndByGovernance() public {
        vm.startPrank(guardian);
        sale.pause();
        vm.expectRevert(Pausable.EnforcedPause.selector);
        sale.pause();
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, guardian));
        sale.unpause();
        vm.stopPrank();
        sale.unpause();
        vm.expectRevert(Pausable.ExpectedPause.selector);
        sale.unpause();
    }

    function _addJobDoors() private {
        doors.push(Door(address(escrow), abi.encodeCall(escrow.pause, ()), guardian));
        doors.push(Door(address(escrow), abi.encodeCall(escrow.unpause, ()), address(this)));
        IResourceCatalog.ResourceClass memory class = IResourceCatalog.ResourceClass(1, 1, 1, 1, false, true);
        doors.push(Door(address(catalog), abi.encodeCall(catalog.setClass, (1, "MICRO", class)), address(this)));
        doors.push(Door(address(catalog), abi.encodeCall(catalog.configureFeed, (_feedConfig())), address(this)));
    }

    function _addOperatorDoors(address alice) private {
        address target = address(operators);
        IOperatorRegistry.Verification person = IOperatorRegistry.Verification.Person;
        uint48 until = uint48(_now() + 1 days);
        doors.push(Door(target, abi.encodeCall(operators.approve, (alice, until, person)), compliance));
        doors.push(Door(target, abi.encodeCall(operators.revoke, (alice)), compliance));
        doors.push(Door(target, abi.encodeCall(operators.ban, (alice, "why")), compliance));
        doors.push(Door(target, abi.encodeCall(operators.unban, (alice)), compliance));
    }

    function _feedConfig() private view returns (IFeedReader.FeedConfig memory) {
        return IFeedReader.FeedConfig(feed, 123, 1, 2);
    }
}
