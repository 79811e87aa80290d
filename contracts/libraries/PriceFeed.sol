// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";

/// @title PriceFeed
/// @notice Reads a Chainlink-style feed, and refuses an answer that should not be traded on.
library PriceFeed {
    /// @notice The feed has no finished round.
    error PriceFeed_NoRound(address feed, uint80 roundId);
    error PriceFeed_NotPositive(address feed, int256 answer);
    /// @notice Updated before `oldest`, or in the future. Unix seconds.
    error PriceFeed_Stale(address feed, uint256 updatedAt, uint256 oldest);
    /// @notice In the feed's own decimals.
    error PriceFeed_OutOfBounds(address feed, uint256 price, uint256 least, uint256 most);

    /// @param maxAge Seconds since the last update.
    /// @param least Smallest believable price, in the feed's decimals. @param most Largest.
    /// @return price Positive, in the feed's decimals.
    function read(
        AggregatorV3Interface feed,
        uint256 maxAge,
        uint256 least,
        uint256 most
    ) internal view returns (uint256 price) {
        (uint80 roundId, int256 answer, , uint256 updatedAt, ) = feed.latestRoundData();
        if (roundId == 0 || updatedAt == 0) revert PriceFeed_NoRound(address(feed), roundId);
        if (answer <= 0) revert PriceFeed_NotPositive(address(feed), answer);
        uint256 oldest = block.timestamp < maxAge ? 0 : block.timestamp - maxAge;
        if (updatedAt > block.timestamp || updatedAt < oldest) {
            revert PriceFeed_Stale(address(feed), updatedAt, oldest);
        }
        price = uint256(answer);
        if (price < least || price > most) revert PriceFeed_OutOfBounds(address(feed), price, least, most);
    }
}
