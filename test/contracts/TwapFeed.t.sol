// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TickMath} from "@uniswap/v4-core/src/libraries/TickMath.sol";

import {ITwapFeed} from "../../contracts/interfaces/ITwapFeed.sol";
import {TwapFeed} from "../../contracts/pricing/TwapFeed.sol";
import {PoolFixture} from "../helpers/PoolFixture.sol";

// TwapFeed, on the pool that Uniswap v3 ships
// ├── given a pool of R1 and a dollar token in either order
// │   ├── a steady price is told as it is, with eight decimals, as of now
// │   └── a price that moved half-way is told as the geometric mean of both, each for its time
// ├── given too short a history: the pool refuses
// ├── given too little liquidity: refused, with the values
// └── deployment: refused for a short window, a pool of other tokens; no history is told
contract TwapFeedTest is PoolFixture {
    function testFuzz_TellsASteadyPriceInEitherOrder(bool tokenFirst, uint256 cents) public {
        cents = _between(cents, 1, 1_000_000);
        _open(tokenFirst, _tickOf(cents), 1e18);
        vm.warp(_now() + WINDOW);
        (uint80 round, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) = feed.latestRoundData();
        _near(uint256(answer), cents * 1e6);
        vm.assertEq(updatedAt, _now(), "as of now");
        vm.assertEq(startedAt, _now() - WINDOW, "over the window");
        vm.assertTrue(round == 1 && answeredIn == 1, "round");
        vm.assertEq(feed.decimals(), 8, "decimals");
    }

    function testFuzz_TellsTheGeometricMeanOfAPriceThatMoved(bool tokenFirst, uint256 after_) public {
        after_ = _between(after_, 1, WINDOW - 1);
        _open(tokenFirst, ONE_DOLLAR_TICK, 1e18);
        vm.warp(_now() + WINDOW);
        // To four dollars: 13,863 ticks of 1.0001 are a factor of four.
        _push(ONE_DOLLAR_TICK + 13_863);
        vm.warp(_now() + after_);
        (, int256 answer, , , ) = feed.latestRoundData();
        int24 mean = ONE_DOLLAR_TICK + int24(int256((13_863 * after_) / WINDOW));
        _near(uint256(answer), _dollarsAt(mean));
    }

    function test_RefusesAPoolWithTooShortAHistory() public {
        _open(true, ONE_DOLLAR_TICK, 1e18);
        vm.warp(_now() + WINDOW - 1);
        vm.expectRevert(abi.encodeWithSignature("Error(string)", "OLD"));
        feed.latestRoundData();
        vm.warp(_now() + 1);
        feed.latestRoundData();
    }

    function test_RefusesAPoolThatIsTooThin() public {
        _open(true, ONE_DOLLAR_TICK, 1e11);
        vm.warp(_now() + WINDOW);
        (, bytes memory answer) = address(feed).staticcall(abi.encodeCall(feed.latestRoundData, ()));
        vm.assertEq(bytes32(bytes4(answer)), bytes32(ITwapFeed.TwapFeed_TooIlliquid.selector), "too illiquid");
        (uint256 liquidity, uint256 least) = abi.decode(_arguments(answer), (uint256, uint256));
        vm.assertEq(least, feed.MIN_LIQUIDITY(), "least");
        vm.assertLe(liquidity, 1e11 + 1e3, "liquidity");
        vm.assertGt(liquidity, 1e11 - 1e3, "liquidity");
    }

    function test_RefusesShortWindowsAndOtherPools() public {
        _open(true, ONE_DOLLAR_TICK, 1e18);
        vm.expectRevert(abi.encodeWithSelector(ITwapFeed.TwapFeed_WindowTooShort.selector, 599, 600));
        new TwapFeed(pool, address(token), 599, 1);
        vm.expectRevert(abi.encodeWithSelector(ITwapFeed.TwapFeed_WrongPool.selector, address(pool), address(this)));
        new TwapFeed(pool, address(this), 600, 1);
        vm.expectRevert(ITwapFeed.TwapFeed_NoHistory.selector);
        feed.getRoundData(1);
    }

    function _tickOf(uint256 cents) private pure returns (int24) {
        // sqrt(cents / 100 × 1e-12) × 2^96
        uint256 square = (cents << 192) / 1e14;
        return TickMath.getTickAtSqrtPrice(uint160(_root(square)));
    }

    function _dollarsAt(int24 tick) private pure returns (uint256) {
        uint256 root = TickMath.getSqrtPriceAtTick(tick);
        return (((root * root) >> 96) * 1e20) >> 96;
    }

    /// @dev Ticks are 0.01 % apart, and the mean is rounded down to one.
    function _near(uint256 answer, uint256 expected) private pure {
        uint256 gap = answer > expected ? answer - expected : expected - answer;
        vm.assertLe(gap, expected / 4000 + 1, "within 0.025 %");
    }

    function _root(uint256 square) private pure returns (uint256 root) {
        root = 1 << 128;
        for (uint256 i = 0; i < 140; ++i) root = (root + square / root) / 2;
    }

    function _arguments(bytes memory answer) private pure returns (bytes memory rest) {
        rest = new bytes(answer.length - 4);
        for (uint256 i = 0; i < rest.length; ++i) rest[i] = answer[i + 4];
    }
}
