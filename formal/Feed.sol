// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";

import {PriceFeed} from "../contracts/libraries/PriceFeed.sol";

/// @notice Whatever a feed answers, a price that is read is positive and within its bounds.
contract PricesAreBelieved {
    function check(AggregatorV3Interface feed, uint256 maxAge, uint256 least, uint256 most) external view {
        uint256 price = PriceFeed.read(feed, maxAge, least, most);
        assert(price != 0);
        assert(price >= least && price <= most);
    }
}
