// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IFeedReader} from "../../contracts/interfaces/IFeedReader.sol";
import {INodeDeedSale} from "../../contracts/interfaces/INodeDeedSale.sol";
import {PriceFeed} from "../../contracts/libraries/PriceFeed.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// NodeDeedSale: the feed, and permits
// ├── feed: zero, negative, stale, from the future, unfinished, out of bounds: refused, with what was wrong
// ├── configureFeed: refused without age, bounds, order or code
// └── buyWithPermit: with a good permit; with one that was sent ahead; refused without any allowance
contract NodeDeedSalePaymentTest is ProtocolFixture {
    bytes32 private constant PERMIT_TYPE = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );

    uint256 private buyerKey = _key("buyer", 0);
    address private buyer;

    function setUp() public override {
        super.setUp();
        buyer = _operator("buyer", 0);
        _fund(buyer, 2000 ether);
    }

    function testFuzz_RefusesAnAnswerThatIsNotPositive(int256 answer) public {
        if (answer > 0) answer = -answer;
        feed.updateAnswer(answer);
        _refusesToQuote(abi.encodeWithSelector(PriceFeed.PriceFeed_NotPositive.selector, address(feed), answer));
    }

    function testFuzz_RefusesAnAnswerOutOfBounds(uint256 answer) public {
        answer = _between(answer, 1, uint256(type(int256).max));
        if (answer >= 1e4 && answer <= 1e14) answer += 1e14;
        feed.updateAnswer(int256(answer));
        _refusesToQuote(
            abi.encodeWithSelector(PriceFeed.PriceFeed_OutOfBounds.selector, address(feed), answer, 1e4, 1e14)
        );
    }

    function test_BelievesTheBounds() public {
        feed.updateAnswer(1e4);
        sale.quote(1);
        feed.updateAnswer(1e14);
        sale.quote(1);
    }

    function testFuzz_RefusesAStaleAnswer(uint256 late) public {
        uint256 updated = _now();
        vm.warp(updated + 1 days);
        sale.quote(1);
        late = _between(late, 1, 3650 days);
        vm.warp(updated + 1 days + late);
        _refusesToQuote(
            abi.encodeWithSelector(PriceFeed.PriceFeed_Stale.selector, address(feed), updated, updated + late)
        );
    }

    function test_RefusesAnAnswerFromTheFuture() public {
        uint256 time = _now();
        feed.updateRoundData(9, 1e8, time + 1, time);
        _refusesToQuote(
            abi.encodeWithSelector(PriceFeed.PriceFeed_Stale.selector, address(feed), time + 1, time - 1 days)
        );
    }

    function test_RefusesAnUnfinishedRound() public {
        feed.updateRoundData(9, 1e8, 0, _now());
        _refusesToQuote(abi.encodeWithSelector(PriceFeed.PriceFeed_NoRound.selector, address(feed), 9));
        feed.updateRoundData(0, 1e8, _now(), _now());
        _refusesToQuote(abi.encodeWithSelector(PriceFeed.PriceFeed_NoRound.selector, address(feed), 0));
    }

    function test_ConfiguresTheFeed() public {
        IFeedReader.FeedConfig memory config = IFeedReader.FeedConfig(feed, 60, 5, 5);
        vm.expectEmit(address(sale));
        emit IFeedReader.FeedConfigured(config);
        sale.configureFeed(config);
        IFeedReader.FeedConfig memory stored = sale.feedConfig();
        vm.assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(config)), "stored");
    }

    function test_RefusesAFeedThatIsNotSound() public {
        IFeedReader.FeedConfig[5] memory bad = [
            IFeedReader.FeedConfig(feed, 0, 1, 2),
            IFeedReader.FeedConfig(feed, 1, 0, 2),
            IFeedReader.FeedConfig(feed, 1, 3, 2),
            IFeedReader.FeedConfig(AggregatorV3Interface(address(0)), 1, 1, 2),
            IFeedReader.FeedConfig(AggregatorV3Interface(buyer), 1, 1, 2)
        ];
        for (uint256 i = 0; i < 5; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IFeedReader.FeedReader_BadConfig.selector, bad[i]));
            sale.configureFeed(bad[i]);
        }
    }

    function test_BuysWithAPermit() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(1000 ether, _now());
        uint256 deadline = _now();
        vm.prank(buyer);
        sale.buyWithPermit(2, 1000 ether, deadline, buyer, v, r, s);
        vm.assertEq(nodeDeed.balanceOf(buyer), 2, "bought");
        vm.assertEq(r1.allowance(buyer, address(sale)), 0, "the permit is used up");
    }

    function test_APermitSentAheadIsNoObstacle() public {
        uint256 deadline = _now();
        (uint8 v, bytes32 r, bytes32 s) = _permit(500 ether, deadline);
        vm.prank(vm.addr(_key("front-runner", 0)));
        r1.permit(buyer, address(sale), 500 ether, deadline, v, r, s);
        vm.prank(buyer);
        sale.buyWithPermit(1, 500 ether, deadline, buyer, v, r, s);
        vm.assertEq(nodeDeed.balanceOf(buyer), 1, "bought");
    }

    function test_RefusesABadPermitWithoutAllowance() public {
        uint256 deadline = _now();
        (uint8 v, bytes32 r, bytes32 s) = _permit(499 ether, deadline);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(sale), 0, 250 ether)
        );
        vm.prank(buyer);
        sale.buyWithPermit(1, 500 ether, deadline, buyer, v, r, s);
        vm.assertEq(nodeDeed.balanceOf(buyer), 0, "nothing bought");
    }

    function test_RefusesAnExpiredPermit() public {
        uint256 deadline = _now();
        (uint8 v, bytes32 r, bytes32 s) = _permit(500 ether, deadline);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(INodeDeedSale.NodeDeedSale_Expired.selector, deadline, deadline + 1));
        vm.prank(buyer);
        sale.buyWithPermit(1, 500 ether, deadline, buyer, v, r, s);
    }

    /// @dev Somebody else's permit does not make them pay: the caller is the payer.
    function test_NobodySpendsAnothersPermit() public {
        uint256 deadline = _now();
        (uint8 v, bytes32 r, bytes32 s) = _permit(500 ether, deadline);
        address thief = _operator("thief", 0);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(sale), 0, 250 ether)
        );
        vm.prank(thief);
        sale.buyWithPermit(1, 500 ether, deadline, thief, v, r, s);
        vm.assertEq(r1.balanceOf(buyer), 2000 ether, "untouched");
    }

    function _permit(uint256 value, uint256 deadline) private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 structHash = keccak256(
            abi.encode(PERMIT_TYPE, buyer, address(sale), value, r1.nonces(buyer), deadline)
        );
        return vm.sign(buyerKey, _typedDigest("R1", address(r1), structHash));
    }

    function _refusesToQuote(bytes memory why) private {
        vm.expectRevert(why);
        sale.quote(1);
        uint256 deadline = _now();
        vm.expectRevert(why);
        vm.prank(buyer);
        sale.buy(1, type(uint256).max, deadline, buyer);
    }
}
