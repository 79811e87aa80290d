// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// NodeRegistry.dissociate, onDeedTransfer, isActive
// ├── given an associated node
// │   ├── when its owner, or the node itself, ends it: both directions are gone, the time stays
// │   ├── when anybody else does: refused
// │   ├── when the owner is banned, or associations are paused: it still works
// │   └── when the deed is banned, its owner banned or its approval over: not active
// ├── given no node: refused
// └── onDeedTransfer: from a collection only
contract NodeRegistryDissociateTest is ProtocolFixture {
    address private owner;
    DeedId private deed;
    address private node;

    function setUp() public override {
        super.setUp();
        uint256 nodeKey;
        (owner, deed, nodeKey) = _operatorWithNode("owner");
        node = vm.addr(nodeKey);
    }

    function testFuzz_TheOwnerOrTheNodeEndsIt(bool byOwner) public {
        uint256 since = nodes.associatedAt(deed);
        vm.expectEmit(address(nodes));
        emit INodeRegistry.NodeDissociated(deed, node);
        vm.prank(byOwner ? owner : node);
        nodes.dissociate(deed);
        vm.assertEq(nodes.nodeOf(deed), address(0), "node of deed");
        vm.assertEq(DeedId.unwrap(nodes.deedOf(node)), 0, "deed of node");
        vm.assertEq(nodes.operatorOf(node), address(0), "operator");
        vm.assertEq(nodes.associatedAt(deed), since, "the time stays");
        vm.assertFalse(nodes.isActive(node), "active");
    }

    function testFuzz_RefusesAnybodyElse(address stranger) public {
        vm.assume(stranger != owner && stranger != node);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_NotOwnerOrNode.selector, deed, stranger));
        vm.prank(stranger);
        nodes.dissociate(deed);
        vm.assertEq(nodes.nodeOf(deed), node, "nothing changed");
    }

    function test_RefusesADeedWithoutNode() public {
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_NotAssociated.selector, _nd(2)));
        nodes.dissociate(_nd(2));
    }

    function test_WorksWhilePausedAndForTheBanned() public {
        vm.prank(guardian);
        nodes.pause();
        _ban(owner);
        _banDeed(deed);
        vm.prank(owner);
        nodes.dissociate(deed);
        vm.assertEq(nodes.nodeOf(deed), address(0), "ended");
    }

    function test_IsActiveFollowsBansAndApprovals() public {
        vm.assertTrue(nodes.isActive(node), "at first");
        _banDeed(deed);
        vm.assertFalse(nodes.isActive(node), "deed banned");
        _unbanDeed(deed);
        vm.assertTrue(nodes.isActive(node), "deed unbanned");
        _ban(owner);
        vm.assertFalse(nodes.isActive(node), "owner banned");
        _unban(owner);
        vm.assertTrue(nodes.isActive(node), "owner unbanned");
        vm.prank(compliance);
        operators.revoke(owner);
        vm.assertFalse(nodes.isActive(node), "approval revoked");
        vm.assertFalse(nodes.isActive(owner), "an account that is no node");
    }

    function testFuzz_OnlyCollectionsTellOfTransfers(address stranger) public {
        vm.assume(stranger != address(nodeDeed) && stranger != address(masterDeed) && stranger != address(genesisDeed));
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_NotDeedContract.selector, stranger));
        vm.prank(stranger);
        nodes.onDeedTransfer(1);
    }
}
