// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";

import {MockUsd} from "../../contracts/mocks/MockUsd.sol";
import {ITwapFeed} from "../../contracts/interfaces/ITwapFeed.sol";
import {TwapFeed} from "../../contracts/pricing/TwapFeed.sol";
import {TestBase} from "../helpers/TestBase.sol";

// TwapFeed, to the last digit, on a pool that says what it is told to
// ├── the mean tick is rounded to negative infinity, whatever the sign
// ├── the price is exact at ticks 0, 1 and -1, with R1 as either token, and for a dollar token of few decimals
// ├── the liquidity is that of the window, not of all time
// └── it says what it is
contract TwapFeedTicksTest is TestBase {
    uint32 private constant WINDOW = 1800;
    int56 private constant W = 1800;

    address private pool = vm.addr(_key("pool", 0));
    address private r1 = vm.addr(_key("r1", 0));
    MockUsd private dollar;

    function setUp() public {
        vm.warp(1_800_000_000);
        dollar = new MockUsd();
        vm.etch(pool, hex"00");
        _decimals(18);
    }

    function test_RoundsTheMeanTickToNegativeInfinity() public {
        TwapFeed feed = _feed(true, 1);
        int56[7] memory deltas = [int56(0), 1, W - 1, W, -1, -W, -W - 1];
        uint256[7] memory answers = [uint256(1e8), 1e8, 1e8, 100_010_000, 99_990_000, 99_990_000, 99_980_002];
        for (uint256 i = 0; i < 7; ++i) vm.assertEq(_answer(feed, deltas[i]), answers[i], "the tick below");
    }

    function test_TurnsThePriceAroundForTheSecondToken() public {
        TwapFeed feed = _feed(false, 1);
        vm.assertEq(_answer(feed, 0), 1e8, "one for one");
        vm.assertEq(_answer(feed, W), 99_990_000, "one tick up is down");
        // 1.0001, less the last digit: the root of the tick is itself rounded.
        vm.assertEq(_answer(feed, -W), 100_009_999, "and down is up");
    }

    function test_KeepsEveryDigit() public {
        _decimals(0);
        vm.assertEq(_answer(_feed(true, 1), 0), 1e26, "as the first token");
        vm.assertEq(_answer(_feed(false, 1), 0), 1e26, "as the second");
    }

    function test_AsksForTheLiquidityOfTheWindow() public {
        // Over the window a mean liquidity of exactly 1,000, after a long time of none to speak of.
        uint160 inWindow = uint160((uint256(WINDOW) << 128) / 1_000);
        uint160 before = uint160(1) << 150;
        TwapFeed feed = _feed(true, 1_000);
        _observe(0, before, before + inWindow);
        feed.latestRoundData();
        feed = _feed(true, 1_001);
        vm.expectRevert(abi.encodeWithSelector(ITwapFeed.TwapFeed_TooIlliquid.selector, 1_000, 1_001));
        feed.latestRoundData();
    }

    function test_SaysWhatItIs() public {
        TwapFeed feed = _feed(true, 1);
        vm.assertEq(feed.version(), 1, "version");
        vm.assertEq(feed.description(), "R1 / USD, time-weighted Uniswap v3", "description");
    }

    function _feed(bool isFirst, uint128 least) private returns (TwapFeed) {
        vm.mockCall(pool, abi.encodeWithSignature("token0()"), abi.encode(isFirst ? r1 : address(dollar)));
        vm.mockCall(pool, abi.encodeWithSignature("token1()"), abi.encode(isFirst ? address(dollar) : r1));
        return new TwapFeed(IUniswapV3Pool(pool), r1, WINDOW, least);
    }

    function _decimals(uint8 decimals) private {
        vm.mockCall(address(dollar), abi.encodeCall(dollar.decimals, ()), abi.encode(decimals));
    }

    function _answer(TwapFeed feed, int56 delta) private returns (uint256) {
        _observe(delta, 0, 1);
        (, int256 answer, , , ) = feed.latestRoundData();
        return uint256(answer);
    }

    /// @dev The pool's answer to exactly this question: the window's begin, and now.
    function _observe(int56 delta, uint160 before, uint160 later) private {
        uint32[] memory ago = new uint32[](2);
        ago[0] = WINDOW;
        int56[] memory ticks = new int56[](2);
        (ticks[0], ticks[1]) = (1_000_000, 1_000_000 + delta);
        uint160[] memory perLiquidity = new uint160[](2);
        (perLiquidity[0], perLiquidity[1]) = (before, later);
        vm.mockCall(pool, abi.encodeCall(IUniswapV3Pool(pool).observe, (ago)), abi.encode(ticks, perLiquidity));
    }
}
