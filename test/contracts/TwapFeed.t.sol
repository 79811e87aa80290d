// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IUniswapV3Factory} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Factory.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {TickMath} from "@uniswap/v4-core/src/libraries/TickMath.sol";

import {ITwapFeed} from "../../contracts/interfaces/ITwapFeed.sol";
import {MockUsd} from "../../contracts/mocks/MockUsd.sol";
import {TwapFeed} from "../../contracts/pricing/TwapFeed.sol";
import {TestBase} from "../helpers/TestBase.sol";

/// @notice Stands for R1 in the pool.
contract PlainToken is ERC20 {
    constructor() ERC20("Token", "T") {
        _mint(msg.sender, 1e40);
    }
}

// TwapFeed, on the pool that Uniswap v3 ships
// ├── given a pool of R1 and a dollar token in either order
// │   ├── a steady price is told as it is, with eight decimals, as of now
// │   ├── a price that moved half-way is told as the geometric mean of both, each for its time
// │   ├── when the spot price is pushed in the same block, hundredfold: the answer does not move
// │   └── a window's worth after the push, it does
// ├── given too short a history: the pool refuses
// ├── given too little liquidity: refused, with the values
// └── deployment: refused for a short window, a pool of other tokens; no history is told
contract TwapFeedTest is TestBase {
    uint32 private constant WINDOW = 1800;
    uint24 private constant FEE = 3000;
    int24 private constant SPACING = 60;
    /// @dev R1 has 18 decimals and the dollar 6: one dollar for one R1 is 1e-12 in smallest units.
    int24 private constant ONE_DOLLAR_TICK = -276_325;

    IUniswapV3Factory private factory;
    ERC20 private token;
    MockUsd private dollar;
    IUniswapV3Pool private pool;
    TwapFeed private feed;

    function setUp() public {
        vm.warp(1_800_000_000);
        string memory json = vm.readFile(
            "node_modules/@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json"
        );
        bytes memory code = vm.parseJsonBytes(json, ".bytecode");
        address made;
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
        }
        factory = IUniswapV3Factory(made);
    }

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

    function testFuzz_ASpotPriceDoesNotMoveIt(bool tokenFirst, bool up) public {
        _open(tokenFirst, ONE_DOLLAR_TICK, 1e18);
        vm.warp(_now() + WINDOW);
        (, int256 before, , , ) = feed.latestRoundData();
        _push(ONE_DOLLAR_TICK + (up ? int24(46_000) : -46_000));
        (, int256 afterwards, , , ) = feed.latestRoundData();
        vm.assertEq(uint256(afterwards), uint256(before), "not in the same block");
        vm.warp(_now() + 12);
        (, int256 soon, , , ) = feed.latestRoundData();
        uint256 ratio = (uint256(soon) * 10_000) / uint256(before);
        vm.assertTrue(
            ratio > 9600 && ratio < 10_400,
            "and hardly a block later, though the spot price moved hundredfold"
        );
        vm.warp(_now() + WINDOW);
        (, int256 late, , , ) = feed.latestRoundData();
        vm.assertTrue(up ? late > 90 * before : before > 90 * late, "but once it held for the window");
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

    function uniswapV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata) external {
        _pay(amount0, amount1);
    }

    function uniswapV3SwapCallback(int256 delta0, int256 delta1, bytes calldata) external {
        _pay(delta0 > 0 ? uint256(delta0) : 0, delta1 > 0 ? uint256(delta1) : 0);
    }

    /// @dev A pool at `tick`, told for R1 as the first token, with `liquidity` everywhere, and a feed that wants 1e12.
    function _open(bool tokenFirst, int24 tick, uint128 liquidity) private {
        do {
            token = new PlainToken();
            dollar = new MockUsd();
        } while ((address(token) < address(dollar)) != tokenFirst);
        dollar.mint(address(this), 1e40);
        pool = IUniswapV3Pool(factory.createPool(address(token), address(dollar), FEE));
        pool.initialize(TickMath.getSqrtPriceAtTick(_oriented(tick)));
        pool.increaseObservationCardinalityNext(20);
        int24 edge = (TickMath.MAX_TICK / SPACING) * SPACING;
        pool.mint(address(this), -edge, edge, liquidity, "");
        feed = new TwapFeed(pool, address(token), WINDOW, 1e12);
    }

    function _push(int24 tick) private {
        uint160 target = TickMath.getSqrtPriceAtTick(_oriented(tick));
        (uint160 price, , , , , , ) = pool.slot0();
        pool.swap(address(this), target < price, 1e38, target, "");
    }

    function _pay(uint256 amount0, uint256 amount1) private {
        if (amount0 > 0) IERC20(pool.token0()).transfer(msg.sender, amount0);
        if (amount1 > 0) IERC20(pool.token1()).transfer(msg.sender, amount1);
    }

    /// @dev The tick as the pool counts it: the other way round when the dollar comes first.
    function _oriented(int24 tick) private view returns (int24) {
        return address(token) < address(dollar) ? tick : -tick;
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
