// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";
import {Receiver, ReentrantReceiver} from "../helpers/Receivers.sol";

// Deed transfers (ERC-721)
// ├── when the owner, an approved account or an operator moves a deed to an approved operator: it moves, approvals end
// ├── given a live node and unclaimed rewards: the node goes, the rewards travel with the deed
// ├── when a stranger moves it, it is not the owner's, or it does not exist: refused
// ├── when sender or deed is banned, or the receiver is not approved or banned: refused
// ├── given associations, sales and commits are paused: it still moves
// └── safeTransferFrom to a contract: asked; one that refuses reverts, one that re-enters gains nothing
contract DeedTransferTest is ProtocolFixture {
    address private alice;
    address private bob;
    address private stranger = vm.addr(_key("stranger", 0));

    function setUp() public override {
        super.setUp();
        alice = _operator("alice", 0);
        bob = _operator("bob", 0);
        _buy(alice, 5);
    }

    function testFuzz_TheOwnerOrAnApprovedAccountMovesIt(uint256 who) public {
        who = who % 3;
        vm.startPrank(alice);
        if (who == 1) nodeDeed.approve(stranger, 3);
        if (who == 2) nodeDeed.setApprovalForAll(stranger, true);
        vm.stopPrank();
        vm.expectEmit(address(nodeDeed));
        emit IERC721.Transfer(alice, bob, 3);
        vm.prank(who == 0 ? alice : stranger);
        nodeDeed.transferFrom(alice, bob, 3);
        vm.assertEq(nodeDeed.ownerOf(3), bob, "owner");
        vm.assertEq(nodeDeed.getApproved(3), address(0), "the approval ended");
        vm.assertEq(nodeDeed.balanceOf(alice), 4, "alice");
        vm.assertEq(nodeDeed.balanceOf(bob), 1, "bob");
    }

    function test_TheNodeGoesAndTheRewardsStayWithTheDeed() public {
        _addOracles(3);
        DeedId deed = _nd(3);
        address node = _associate(deed, _key("node", 0));
        _commitLeaf(0, deed, 200);
        vm.expectEmit(address(nodes));
        emit INodeRegistry.NodeDissociated(deed, node);
        vm.prank(alice);
        nodeDeed.transferFrom(alice, bob, 3);
        vm.assertEq(nodes.nodeOf(deed), address(0), "no node");
        vm.assertEq(DeedId.unwrap(nodes.deedOf(node)), 0, "no deed");
        uint256 before = r1.balanceOf(bob);
        uint256 amount = rewards.claim(deed, 0, 200, _noProof());
        vm.assertGt(amount, 0, "earned");
        vm.assertEq(r1.balanceOf(bob) - before, amount, "to the new owner");
    }

    function test_RefusesStrangers() public {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, stranger, 3));
        vm.prank(stranger);
        nodeDeed.transferFrom(alice, bob, 3);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721IncorrectOwner.selector, bob, 3, alice));
        vm.prank(alice);
        nodeDeed.transferFrom(bob, alice, 3);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 6));
        vm.prank(alice);
        nodeDeed.transferFrom(alice, bob, 6);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(0)));
        vm.prank(alice);
        nodeDeed.transferFrom(alice, address(0), 3);
    }

    function test_ApprovalsAreTheOwnersToGive() public {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidApprover.selector, stranger));
        vm.prank(stranger);
        nodeDeed.approve(stranger, 3);
        vm.prank(alice);
        nodeDeed.approve(stranger, 3);
        vm.assertEq(nodeDeed.getApproved(3), stranger, "approved");
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 6));
        nodeDeed.getApproved(6);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidOperator.selector, address(0)));
        vm.prank(alice);
        nodeDeed.setApprovalForAll(address(0), true);
    }

    function test_RefusesTheBannedAndTheUnapproved() public {
        _refuses(stranger, abi.encodeWithSelector(IDeed.Deed_OperatorNotApproved.selector, stranger));
        _banDeed(_nd(3));
        _refuses(bob, abi.encodeWithSelector(IDeed.Deed_Banned.selector, 3));
        _unbanDeed(_nd(3));
        _ban(alice);
        _refuses(bob, abi.encodeWithSelector(IDeed.Deed_OperatorBanned.selector, alice));
        _unban(alice);
        _ban(bob);
        _refuses(bob, abi.encodeWithSelector(IDeed.Deed_OperatorNotApproved.selector, bob));
        _unban(bob);
        vm.prank(compliance);
        operators.revoke(alice);
        vm.prank(alice);
        nodeDeed.transferFrom(alice, bob, 3);
        vm.assertEq(nodeDeed.ownerOf(3), bob, "one whose approval ended may still sell");
    }

    function test_MovesWhileEverythingIsPaused() public {
        _associate(_nd(3), _key("node", 0));
        vm.startPrank(guardian);
        sale.pause();
        nodes.pause();
        ledger.pause();
        vm.stopPrank();
        vm.prank(alice);
        nodeDeed.transferFrom(alice, bob, 3);
        vm.assertEq(nodeDeed.ownerOf(3), bob, "moved");
        vm.assertEq(nodes.nodeOf(_nd(3)), address(0), "and dissociated");
    }

    function testFuzz_MovingADeedToItsOwnerChangesNoBalance(uint256 id) public {
        id = _between(id, 1, 5);
        vm.prank(alice);
        nodeDeed.transferFrom(alice, alice, id);
        vm.assertEq(nodeDeed.balanceOf(alice), 5, "balance");
        vm.assertEq(nodeDeed.ownerOf(id), alice, "owner");
    }

    function test_SafeTransfersAskTheReceiver() public {
        Receiver receiver = new Receiver();
        _approve(address(receiver));
        vm.prank(alice);
        nodeDeed.safeTransferFrom(alice, address(receiver), 3, "hello");
        vm.assertEq(nodeDeed.ownerOf(3), address(receiver), "accepted");
        vm.assertEq(receiver.received(), 1, "asked once");

        _approve(address(r1));
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(r1)));
        vm.prank(alice);
        nodeDeed.safeTransferFrom(alice, address(r1), 4);
        vm.assertEq(nodeDeed.ownerOf(4), alice, "a contract that does not answer");
    }

    function test_AReentrantReceiverGainsNothing() public {
        _addOracles(3);
        DeedId deed = _nd(3);
        _associate(deed, _key("node", 0));
        _commitLeaf(0, deed, 255);
        ReentrantReceiver receiver = new ReentrantReceiver(rewards, nodeDeed, deed, 0, 255, bob);
        _approve(address(receiver));
        uint256 expected = nodeDeed.mintedAt(3, 255);
        vm.prank(alice);
        nodeDeed.safeTransferFrom(alice, address(receiver), 3);
        vm.assertTrue(receiver.claimed(), "it claimed during the transfer");
        vm.assertTrue(receiver.secondClaimRefused(), "once");
        vm.assertEq(r1.balanceOf(address(receiver)), expected, "what the deed had earned");
        vm.assertEq(nodeDeed.ownerOf(3), bob, "and it passed the deed on, which was its to pass on");
        vm.assertEq(nodeDeed.balanceOf(alice) + nodeDeed.balanceOf(bob), 5, "balances add up");
        vm.assertEq(nodeDeed.balanceOf(address(receiver)), 0, "and none is left behind");
    }

    function _refuses(address to, bytes memory why) private {
        vm.expectRevert(why);
        vm.prank(alice);
        nodeDeed.transferFrom(alice, to, 3);
        vm.assertEq(nodeDeed.ownerOf(3), alice, "nothing changed");
        vm.assertEq(nodeDeed.balanceOf(alice), 5, "no balance changed");
    }
}
