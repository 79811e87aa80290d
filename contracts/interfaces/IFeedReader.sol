// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";

/// @title IFeedReader
/// @notice A contract that takes dollar prices in R1, at the price of a feed.
interface IFeedReader {
    /// @notice What the price is read from, and which answers are believed.
    /// @param feed US dollars for one R1.
    /// @param maxAge Seconds since the feed's last update.
    /// @param least Smallest believable price, in the feed's decimals (at most $2,814,749 with the usual 8).
    /// @param most Largest believable price.
    struct FeedConfig {
        AggregatorV3Interface feed;
        uint32 maxAge;
        uint48 least;
        uint48 most;
    }

    event FeedConfigured(FeedConfig config);

    error FeedReader_BadConfig(FeedConfig config);

    /// @notice Replaces the feed and its bounds. Governance only.
    function configureFeed(FeedConfig calldata config) external;

    function feedConfig() external view returns (FeedConfig memory);
}
