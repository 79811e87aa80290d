// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {INodeDeed} from "../../contracts/interfaces/INodeDeed.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// NodeDeed.issue, ownerOf, balanceOf
// ├── given batches of any sizes: every deed has its buyer, balances add up, nothing lies beyond the last
// ├── when deeds leave the head, middle or tail of a batch: the others keep their owner
// ├── when a stranger issues, none are issued, or more than are left: refused
// └── given a recipient that is not approved: refused
contract NodeDeedIssueTest is ProtocolFixture {
    function testFuzz_MustHold6_EveryDeedOfABatchHasItsBuyer(uint256[5] memory sizes) public {
        address[5] memory buyers;
        uint256 issued = 0;
        for (uint256 i = 0; i < 5; ++i) {
            sizes[i] = _between(sizes[i], 1, 60);
            buyers[i] = _operator("buyer", i % 3);
            vm.assertEq(_issue(buyers[i], sizes[i]), issued + 1, "first id");
            issued += sizes[i];
        }
        vm.assertEq(nodeDeed.totalSupply(), issued, "supply");
        uint256 id = 0;
        for (uint256 i = 0; i < 5; ++i) {
            for (uint256 k = 0; k < sizes[i]; ++k) vm.assertEq(nodeDeed.ownerOf(++id), buyers[i], "owner");
        }
        vm.assertEq(nodeDeed.balanceOf(buyers[0]), sizes[0] + sizes[3], "balance 0");
        vm.assertEq(nodeDeed.balanceOf(buyers[1]), sizes[1] + sizes[4], "balance 1");
        vm.assertEq(nodeDeed.balanceOf(buyers[2]), sizes[2], "balance 2");
        _doesNotExist(0);
        _doesNotExist(issued + 1);
        _doesNotExist(type(uint256).max);
    }

    function testFuzz_MustHold6_DeedsLeaveABatchFromAnywhere(uint256 size, uint256[4] memory leaving) public {
        size = _between(size, 1, 300);
        address buyer = _operator("buyer", 0);
        address other = _operator("other", 0);
        _issue(other, 7);
        _issue(buyer, size);
        _issue(other, 3);
        // Head, tail and four in between.
        uint256[6] memory ids = [8, 7 + size, leaving[0], leaving[1], leaving[2], leaving[3]];
        uint256 left = size;
        for (uint256 i = 0; i < 6; ++i) {
            uint256 id = _between(ids[i], 8, 7 + size);
            if (nodeDeed.ownerOf(id) != buyer) continue;
            vm.prank(buyer);
            nodeDeed.transferFrom(buyer, other, id);
            vm.assertEq(nodeDeed.ownerOf(id), other, "moved");
            --left;
        }
        vm.assertEq(nodeDeed.balanceOf(buyer), left, "buyer's balance");
        vm.assertEq(nodeDeed.balanceOf(other), 10 + size - left, "other's balance");
        uint256 owned = 0;
        for (uint256 id = 1; id <= size + 10; ++id) if (nodeDeed.ownerOf(id) == buyer) ++owned;
        vm.assertEq(owned, left, "the others stayed");
    }

    function test_TellsOfEveryDeed() public {
        address buyer = _operator("buyer", 0);
        for (uint256 id = 1; id <= 3; ++id) {
            vm.expectEmit(address(nodeDeed));
            emit IERC721.Transfer(address(0), buyer, id);
        }
        _issue(buyer, 3);
    }

    function testFuzz_OnlyTheSaleIssues(address stranger) public {
        vm.assume(stranger != address(sale));
        vm.expectRevert(abi.encodeWithSelector(INodeDeed.NodeDeed_NotSale.selector, stranger));
        vm.prank(stranger);
        nodeDeed.issue(stranger, 1);
    }

    function test_RefusesNoneAndTheUnapproved() public {
        vm.expectRevert(INodeDeed.NodeDeed_ZeroCount.selector);
        vm.prank(address(sale));
        nodeDeed.issue(address(1), 0);
        vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_OperatorNotApproved.selector, address(1)));
        vm.prank(address(sale));
        nodeDeed.issue(address(1), 1);
    }

    function test_MustHold6_ThereAreOnly46224() public {
        address buyer = _operator("buyer", 0);
        _issue(buyer, 46_200);
        vm.expectRevert(abi.encodeWithSelector(INodeDeed.NodeDeed_SoldOut.selector, 25, 24));
        vm.prank(address(sale));
        nodeDeed.issue(buyer, 25);
        _issue(buyer, 24);
        vm.assertEq(nodeDeed.totalSupply(), 46_224, "supply");
        vm.assertEq(nodeDeed.ownerOf(46_224), buyer, "the last");
        vm.assertEq(nodeDeed.ownerOf(23_111), buyer, "far from the batch's head");
        vm.expectRevert(abi.encodeWithSelector(INodeDeed.NodeDeed_SoldOut.selector, 1, 0));
        vm.prank(address(sale));
        nodeDeed.issue(buyer, 1);
    }

    function test_RefusesTheZeroAddressAsOwner() public {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidOwner.selector, address(0)));
        nodeDeed.balanceOf(address(0));
    }

    function _issue(address to, uint256 count) private returns (uint256) {
        vm.prank(address(sale));
        return nodeDeed.issue(to, count);
    }

    /// @dev Within some gas: an endless search would otherwise take all memory of the machine before it fails.
    function _doesNotExist(uint256 id) private {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, id));
        nodeDeed.ownerOf{gas: 100_000}(id);
        vm.assertEq(nodeDeed.recordOf{gas: 100_000}(id).owner, address(0), "no record");
    }
}
