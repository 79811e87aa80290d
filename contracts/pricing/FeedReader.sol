// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IFeedReader} from "../interfaces/IFeedReader.sol";
import {PriceFeed} from "../libraries/PriceFeed.sol";

/// @title FeedReader
/// @notice See `IFeedReader`.
abstract contract FeedReader is AccessManaged, IFeedReader {
    uint8 private constant _MAX_FEED_DECIMALS = 40;

    // In this order the five take the rest of the slot of the authority (and of a pause flag before it) and one more.
    uint32 private _maxAge;
    uint8 private _feedDecimals;
    AggregatorV3Interface private _feed;
    uint48 private _least;
    uint48 private _most;

    constructor(FeedConfig memory config) {
        _configureFeed(config);
    }

    /// @inheritdoc IFeedReader
    function configureFeed(FeedConfig calldata config) external restricted {
        _configureFeed(config);
    }

    /// @inheritdoc IFeedReader
    function feedConfig() external view returns (FeedConfig memory) {
        return FeedConfig({feed: _feed, maxAge: _maxAge, least: _least, most: _most});
    }

    /// @dev Wei of R1 worth `dollars / 10^decimals` US dollars now, rounded up.
    function _inR1(uint256 dollars, uint256 decimals) internal view returns (uint256) {
        uint256 price = PriceFeed.read(_feed, _maxAge, _least, _most);
        return Math.mulDiv(dollars, 10 ** (uint256(_feedDecimals) + 18), price * 10 ** decimals, Math.Rounding.Ceil);
    }

    function _configureFeed(FeedConfig memory config) private {
        bool sound = config.maxAge != 0 && config.least != 0 && config.least <= config.most;
        if (!sound || address(config.feed).code.length == 0) revert FeedReader_BadConfig(config);
        uint8 decimals = config.feed.decimals();
        if (decimals > _MAX_FEED_DECIMALS) revert FeedReader_BadConfig(config);
        _feed = config.feed;
        _maxAge = config.maxAge;
        _feedDecimals = decimals;
        _least = config.least;
        _most = config.most;
        emit FeedConfigured(config);
    }
}
