// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";

/// @title ITwapFeed
/// @notice A Uniswap v3 pool of R1 and a dollar token, read as a Chainlink-style feed: the mean price over a window, never the
/// spot price. Moving it means holding a false price against everybody for a good part of the window.
/// @dev `latestRoundData` reverts with the pool's `OLD` while the pool's observations do not reach back over the window.
interface ITwapFeed is AggregatorV3Interface {
    error TwapFeed_WindowTooShort(uint32 window, uint32 least);
    error TwapFeed_WrongPool(address pool, address r1);
    /// @notice The pool was too thin over the window for its price to mean something. Uniswap liquidity units.
    error TwapFeed_TooIlliquid(uint256 liquidity, uint256 least);
    error TwapFeed_NoHistory();

    function POOL() external view returns (IUniswapV3Pool);

    /// @notice Seconds that the mean is taken over.
    function WINDOW() external view returns (uint32);

    /// @notice Least harmonic mean liquidity over the window.
    function MIN_LIQUIDITY() external view returns (uint128);
}
