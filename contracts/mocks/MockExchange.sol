// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {PriceFeed} from "../libraries/PriceFeed.sol";

/// @title MockExchange
/// @notice Stands for the exchange where the liquidity pool sells R1: for development networks and tests only.
contract MockExchange {
    using SafeERC20 for IERC20;

    IERC20 public immutable TOKEN;
    IERC20 public immutable DOLLAR;
    AggregatorV3Interface public immutable FEED;
    /// @notice Receives the dollars.
    address public immutable SELLER;

    event Sold(address indexed buyer, uint256 amount, uint256 dollars);

    constructor(IERC20 r1, IERC20 dollar, AggregatorV3Interface feed, address seller) {
        TOKEN = r1;
        DOLLAR = dollar;
        FEED = feed;
        SELLER = seller;
    }

    /// @notice Sells `amount` wei of R1 to the caller at the feed's price, rounded up, in the dollar token's six decimals.
    function buy(uint256 amount) external {
        uint256 price = PriceFeed.read(FEED, 1 days, 1, type(uint128).max);
        uint256 dollars = Math.mulDiv(amount, price * 1e6, 1e18 * 10 ** FEED.decimals(), Math.Rounding.Ceil);
        emit Sold(msg.sender, amount, dollars);
        DOLLAR.safeTransferFrom(msg.sender, SELLER, dollars);
        TOKEN.safeTransfer(msg.sender, amount);
    }
}
