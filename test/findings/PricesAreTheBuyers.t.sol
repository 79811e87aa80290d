// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {INodeDeedSale} from "../../contracts/interfaces/INodeDeedSale.sol";
import {PriceFeed} from "../../contracts/libraries/PriceFeed.sol";
import {JobFixture} from "../helpers/JobFixture.sol";

// Found elsewhere: swaps with minimum zero in a function that anybody may call; a price band that is not enforced within an hour of a
// sale; a big move that halts sales.
// ├── given a price that moved against the buyer by a wei: refused, for deeds and for jobs
// ├── given an unbelievable price right after a sale: refused, at any moment
// └── given a price that moved tenfold either way within the bounds: sold at that price
contract PricesAreTheBuyersTest is JobFixture {
    address private _buyer;

    function setUp() public override {
        super.setUp();
        _buyer = _operator("buyer", 0);
        _fund(_buyer, 100_000 ether);
        vm.prank(_buyer);
        r1.approve(address(sale), type(uint256).max);
    }

    function testFuzz_NobodyPaysMoreThanTheyAccepted(uint256 answer) public {
        (, uint256 accepted) = sale.quote(1);
        // A lower dollar price of R1 is a higher price in R1.
        feed.updateAnswer(int256(_between(answer, 1e7, 1e8 - 1)));
        (, uint256 asked) = sale.quote(1);
        uint256 time = _now();
        vm.expectRevert(abi.encodeWithSelector(INodeDeedSale.NodeDeedSale_AboveMaximum.selector, asked, accepted));
        vm.prank(_buyer);
        sale.buy(1, accepted, time, _buyer);

        IJobEscrow.JobRequest memory request = _request(1, 30);
        request.maxDeposit = RATE * 30;
        _endow(_buyer, RATE * 3000);
        uint256 rate = catalog.rateOf(LOW1, 0);
        bytes4 above = IJobEscrow.JobEscrow_AboveMaximum.selector;
        vm.expectRevert(abi.encodeWithSelector(above, rate * 30, RATE * 30));
        vm.prank(_buyer);
        escrow.create(request);
    }

    function testFuzz_TheBoundsHoldRightAfterASale(uint256 answer, uint256 later) public {
        _buy(_buyer, 1);
        vm.warp(_now() + _between(later, 0, 2 hours));
        answer = _between(answer, 1e14 + 1, uint256(type(int256).max));
        feed.updateAnswer(int256(answer));
        uint256 time = _now();
        vm.expectRevert(
            abi.encodeWithSelector(PriceFeed.PriceFeed_OutOfBounds.selector, address(feed), answer, 1e4, 1e14)
        );
        vm.prank(_buyer);
        sale.buy(1, type(uint256).max, time, _buyer);
    }

    function testFuzz_ABigMoveDoesNotHaltSales(uint256 answer) public {
        _buy(_buyer, 1);
        answer = _between(answer, 1e7, 1e9);
        feed.updateAnswer(int256(answer));
        (, uint256 payment) = sale.quote(1);
        uint256 before = r1.balanceOf(_buyer);
        uint256 time = _now();
        vm.startPrank(_buyer);
        r1.approve(address(sale), payment);
        uint256 id = sale.buy(1, payment, time, _buyer);
        vm.stopPrank();
        vm.assertEq(nodeDeed.ownerOf(id), _buyer, "sold");
        vm.assertEq(before - r1.balanceOf(_buyer), payment, "at the price of the moment");
    }
}
