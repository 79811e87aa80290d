// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {INodeDeedSale} from "../../contracts/interfaces/INodeDeedSale.sol";
import {SaleTiers} from "../../contracts/libraries/SaleTiers.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// NodeDeedSale: quote, buy, tiers
// ├── the tiers are the paper's, 46,224 in all; a purchase that crosses one pays each deed its own tier's price
// ├── given an approved buyer with R1
// │   ├── quote is what buy takes, rounded up; the parts add up to it to the wei, one fifth is burned
// │   ├── when the recipient is another approved operator: it gets the deeds
// │   ├── when the price moved above the maximum, or the deadline passed: refused; at the edges accepted
// │   ├── when buyer or recipient is unapproved or banned: refused
// │   └── when none, more than 100, more than are left, or more than the allowance or balance pays: refused
// └── given a pause: refused
contract NodeDeedSaleTest is ProtocolFixture {
    uint256[12] private prices = [500, 750, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 5000, 7000, 9500];
    uint256[12] private units = [89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765, 10_946, 17_711];
    address private buyer;

    function setUp() public override {
        super.setUp();
        buyer = _operator("buyer", 0);
        vm.prank(buyer);
        r1.approve(address(sale), type(uint256).max);
    }

    function test_MustHold6_TheTiersAreThePapers() public view {
        uint256 sum = 0;
        for (uint256 i = 0; i < 12; ++i) {
            (uint256 price, uint256 count) = sale.tierAt(i);
            vm.assertEq(price, prices[i], "price");
            vm.assertEq(count, units[i], "units");
            sum += count;
        }
        vm.assertEq(sum, 46_224, "in all");
    }

    function testFuzz_MustHold6_EachDeedCostsItsOwnTiersPrice(uint256 sold, uint256 count) public {
        sold = _between(sold, 0, 46_223);
        count = _between(count, 1, 46_224 - sold > 100 ? 100 : 46_224 - sold);
        vm.mockCall(address(nodeDeed), abi.encodeCall(nodeDeed.totalSupply, ()), abi.encode(sold));
        uint256 dollars = 0;
        for (uint256 i = 0; i < count; ++i) dollars += _priceOf(sold + i);
        (uint256 quoted, uint256 payment) = sale.quote(count);
        vm.assertEq(quoted, dollars, "dollars");
        vm.assertEq(payment, dollars * 1 ether, "at one dollar");
    }

    function testFuzz_MustHold6_QuoteIsCostAndThePartsAddUp(uint256 sold, uint256 count, uint256 price) public {
        sold = _between(sold, 0, 3000);
        count = _between(count, 1, 100);
        price = _between(price, 1e4, 1e12);
        if (sold > 0) _issue(sold);
        feed.updateAnswer(int256(price));
        (uint256 dollars, uint256 payment) = sale.quote(count);
        vm.assertTrue(payment * price >= dollars * 1e26, "pays the dollars");
        vm.assertTrue((payment - 1) * price < dollars * 1e26, "and less than a wei more");
        vm.assume(payment <= r1.CAP());
        _fund(buyer, payment);
        uint256 minted = r1.totalMinted();
        uint256 burned = (payment * 20) / 100;
        vm.expectEmit(address(sale));
        emit INodeDeedSale.NodeDeedsSold(buyer, buyer, sold + 1, count, dollars, payment, burned);
        _buyAsIs(count, payment);
        vm.assertEq(r1.balanceOf(buyer), 0, "paid exactly the quote");
        vm.assertEq(r1.balanceOf(address(pools[0])), payment / 2, "half to liquidity");
        vm.assertEq(r1.totalBurned(), burned, "a fifth burned");
        uint256 spread = r1.balanceOf(address(pools[0])) + r1.balanceOf(address(pools[1])) + r1.totalBurned();
        vm.assertEq(spread, payment, "to the wei");
        vm.assertEq(r1.balanceOf(address(sale)), 0, "nothing stays");
        vm.assertEq(r1.totalMinted(), minted, "nothing minted");
        vm.assertEq(nodeDeed.totalSupply(), sold + count, "deeds");
        vm.assertEq(nodeDeed.ownerOf(sold + count), buyer, "owner");
    }

    function test_MustHold6_SellsToTheLastDeedAndNoMore() public {
        _issue(46_200);
        _refuses(25, abi.encodeWithSelector(SaleTiers.SaleTiers_SoldOut.selector, 25, 24));
        _fund(buyer, 24 * 9500 ether);
        _buyAsIs(24, 24 * 9500 ether);
        vm.assertEq(nodeDeed.totalSupply(), 46_224, "all");
        _refuses(1, abi.encodeWithSelector(SaleTiers.SaleTiers_SoldOut.selector, 1, 0));
    }

    function test_CrossesATier() public {
        _issue(80);
        (uint256 dollars, ) = sale.quote(10);
        vm.assertEq(dollars, 9 * 500 + 750, "nine at 500, one at 750");
        _issue(9);
        (dollars, ) = sale.quote(1);
        vm.assertEq(dollars, 750, "the next tier");
    }

    function testFuzz_RefusesMoreThanTheBuyersMaximum(uint256 less) public {
        _fund(buyer, 500 ether);
        uint256 most = 500 ether - _between(less, 1, 500 ether);
        uint256 deadline = _now();
        vm.expectRevert(abi.encodeWithSelector(INodeDeedSale.NodeDeedSale_AboveMaximum.selector, 500 ether, most));
        vm.prank(buyer);
        sale.buy(1, most, deadline, buyer);
        _unchanged();
    }

    function test_RefusesAPriceThatMovedAboveTheMaximum() public {
        _fund(buyer, 1000 ether);
        (, uint256 payment) = sale.quote(1);
        feed.updateAnswer(1e8 - 1);
        uint256 dearer = (500 ether * 1e8) / uint256(1e8 - 1) + 1;
        uint256 deadline = _now();
        vm.expectRevert(abi.encodeWithSelector(INodeDeedSale.NodeDeedSale_AboveMaximum.selector, dearer, payment));
        vm.prank(buyer);
        sale.buy(1, payment, deadline, buyer);
    }

    function testFuzz_TheDeadlineHoldsToItsLastSecond(uint256 late) public {
        late = _between(late, 1, 1 days);
        _fund(buyer, 500 ether);
        uint256 deadline = _now();
        vm.warp(deadline + late);
        vm.expectRevert(abi.encodeWithSelector(INodeDeedSale.NodeDeedSale_Expired.selector, deadline, deadline + late));
        vm.prank(buyer);
        sale.buy(1, 500 ether, deadline, buyer);
        vm.warp(deadline);
        vm.prank(buyer);
        sale.buy(1, 500 ether, deadline, buyer);
    }

    function test_BuysForAnotherApprovedOperator() public {
        address other = _operator("other", 0);
        _fund(buyer, 1000 ether);
        uint256 deadline = _now();
        vm.prank(buyer);
        uint256 firstId = sale.buy(2, 1000 ether, deadline, other);
        vm.assertEq(nodeDeed.ownerOf(firstId), other, "first");
        vm.assertEq(nodeDeed.ownerOf(firstId + 1), other, "second");
        vm.assertEq(r1.balanceOf(buyer), 0, "the buyer pays");
    }

    function test_RefusesUnapprovedAndBannedBuyersAndRecipients() public {
        _fund(buyer, 500 ether);
        uint256 deadline = _now();
        address stranger = vm.addr(_key("stranger", 0));
        vm.expectRevert(abi.encodeWithSelector(INodeDeedSale.NodeDeedSale_NotApproved.selector, stranger));
        vm.prank(stranger);
        sale.buy(1, 500 ether, deadline, buyer);
        vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_OperatorNotApproved.selector, stranger));
        vm.prank(buyer);
        sale.buy(1, 500 ether, deadline, stranger);
        address banned = _operator("banned", 0);
        _ban(banned);
        vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_OperatorNotApproved.selector, banned));
        vm.prank(buyer);
        sale.buy(1, 500 ether, deadline, banned);
        _ban(buyer);
        _refuses(1, abi.encodeWithSelector(IDeed.Deed_OperatorNotApproved.selector, buyer));
        _unban(buyer);
        vm.prank(compliance);
        operators.revoke(buyer);
        _refuses(1, abi.encodeWithSelector(IDeed.Deed_OperatorNotApproved.selector, buyer));
        _unchanged();
    }

    function testFuzz_RefusesNoneAndTooMany(uint256 count) public {
        _refuses(0, abi.encodePacked(INodeDeedSale.NodeDeedSale_ZeroCount.selector));
        count = _between(count, 101, type(uint256).max);
        _refuses(count, abi.encodeWithSelector(INodeDeedSale.NodeDeedSale_TooMany.selector, count, 100));
        vm.expectRevert(INodeDeedSale.NodeDeedSale_ZeroCount.selector);
        sale.quote(0);
    }

    function test_RefusesABuyerWithoutMoneyOrAllowance() public {
        _fund(buyer, 500 ether - 1);
        uint256 left = 500 ether - 1 - 250 ether - 150 ether;
        _refuses(1, abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, buyer, left, 100 ether));
        _fund(buyer, 1);
        vm.prank(buyer);
        r1.approve(address(sale), 499 ether);
        _refuses(
            1,
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(sale), 99 ether, 100 ether)
        );
        _unchanged();
    }

    function test_RefusesWhilePaused() public {
        _fund(buyer, 500 ether);
        vm.prank(guardian);
        sale.pause();
        _refuses(1, abi.encodePacked(Pausable.EnforcedPause.selector));
        sale.unpause();
        _buyAsIs(1, 500 ether);
    }

    function _issue(uint256 count) private {
        vm.prank(address(sale));
        nodeDeed.issue(buyer, count);
    }

    function _buyAsIs(uint256 count, uint256 most) private {
        uint256 deadline = _now();
        vm.prank(buyer);
        sale.buy(count, most, deadline, buyer);
    }

    function _refuses(uint256 count, bytes memory why) private {
        uint256 deadline = _now();
        vm.expectRevert(why);
        vm.prank(buyer);
        sale.buy(count, type(uint256).max, deadline, buyer);
    }

    function _unchanged() private view {
        vm.assertEq(nodeDeed.totalSupply(), 0, "no deed");
        vm.assertEq(r1.balanceOf(address(pools[0])), 0, "no payment");
        vm.assertEq(r1.totalBurned(), 0, "nothing burned");
    }

    function _priceOf(uint256 index) private view returns (uint256) {
        for (uint256 i = 0; i < 12; ++i) {
            if (index < units[i]) return prices[i];
            index -= units[i];
        }
        revert("no such deed");
    }
}
