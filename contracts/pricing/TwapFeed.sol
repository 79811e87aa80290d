// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {TickMath} from "@uniswap/v4-core/src/libraries/TickMath.sol";

import {ITwapFeed} from "../interfaces/ITwapFeed.sol";

/// @title TwapFeed
/// @notice See `ITwapFeed`.
contract TwapFeed is ITwapFeed {
    uint256 private constant _Q96 = 1 << 96;
    uint256 private constant _Q192_SHIFTED = 1 << 128;

    // The names of the three constants are the interface's.
    // solhint-disable const-name-snakecase

    /// @inheritdoc AggregatorV3Interface
    uint8 public constant decimals = 8;
    /// @inheritdoc AggregatorV3Interface
    uint256 public constant version = 1;
    /// @inheritdoc AggregatorV3Interface
    string public constant description = "R1 / USD, time-weighted Uniswap v3";

    // solhint-enable const-name-snakecase

    /// @inheritdoc ITwapFeed
    IUniswapV3Pool public immutable POOL;
    /// @inheritdoc ITwapFeed
    uint32 public immutable WINDOW;
    /// @inheritdoc ITwapFeed
    uint128 public immutable MIN_LIQUIDITY;

    bool private immutable _TOKEN_IS_0;
    /// @dev 1e18 wei of R1 are worth this many smallest units of the dollar token at a price of one dollar.
    uint256 private immutable _DOLLAR;

    /// @param r1 The priced token, one of the pool's two. The other is the dollar token.
    /// @param window Seconds, at least 600.
    /// @param minLiquidity Least harmonic mean of the pool's liquidity over the window.
    constructor(IUniswapV3Pool pool, address r1, uint32 window, uint128 minLiquidity) {
        if (window < 600) revert TwapFeed_WindowTooShort(window, 600);
        bool isToken0 = pool.token0() == r1;
        if (!isToken0 && pool.token1() != r1) revert TwapFeed_WrongPool(address(pool), r1);
        POOL = pool;
        WINDOW = window;
        MIN_LIQUIDITY = minLiquidity;
        _TOKEN_IS_0 = isToken0;
        _DOLLAR = 10 ** IERC20Metadata(isToken0 ? pool.token1() : pool.token0()).decimals();
    }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return (1, int256(_price(_meanTick())), block.timestamp - WINDOW, block.timestamp, 1);
    }

    /// @inheritdoc AggregatorV3Interface
    function getRoundData(uint80) external pure returns (uint80, int256, uint256, uint256, uint80) {
        revert TwapFeed_NoHistory();
    }

    /// @dev Arithmetic mean of the tick over the window, rounded to negative infinity.
    function _meanTick() private view returns (int24 tick) {
        uint32[] memory secondsAgos = new uint32[](2);
        secondsAgos[0] = WINDOW;
        (int56[] memory ticks, uint160[] memory secondsPerLiquidity) = POOL.observe(secondsAgos);
        _requireLiquid(secondsPerLiquidity[1] - secondsPerLiquidity[0]);

        int56 delta = ticks[1] - ticks[0];
        int56 window = int56(uint56(WINDOW));
        tick = int24(delta / window);
        if (delta < 0 && delta % window != 0) tick--;
    }

    function _requireLiquid(uint160 secondsPerLiquidity) private view {
        uint256 mean =
            secondsPerLiquidity == 0 ? type(uint128).max : (uint256(WINDOW) * _Q192_SHIFTED) / secondsPerLiquidity;
        if (mean < MIN_LIQUIDITY) revert TwapFeed_TooIlliquid(mean, MIN_LIQUIDITY);
    }

    /// @dev US dollars for one R1 with `decimals` decimals, rounded down.
    function _price(int24 tick) private view returns (uint256) {
        uint256 root = TickMath.getSqrtPriceAtTick(tick);
        // Smallest units of the dollar token for 1e18 wei of R1.
        uint256 value =
            _TOKEN_IS_0
                ? Math.mulDiv(Math.mulDiv(root, root, _Q96), 1e18, _Q96)
                : Math.mulDiv(Math.mulDiv(_Q96, 1e18, root), _Q96, root);
        return Math.mulDiv(value, 10 ** decimals, _DOLLAR);
    }
}
