// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFeedReader} from "./IFeedReader.sol";

/// @title INodeDeedSale
/// @notice Sells Node Deeds for R1 at the price of the running tier. Of each payment 50 % goes to the liquidity pool, 20 % is
/// burned and the rest, 30 %, goes to operations; the three parts add up to the payment to the wei.
interface INodeDeedSale is IFeedReader {
    /// @param dollars Whole US dollars. @param payment Wei of R1 paid. @param burned Wei of R1 burned out of it.
    event NodeDeedsSold(
        address indexed buyer,
        address indexed recipient,
        uint256 firstId,
        uint256 count,
        uint256 dollars,
        uint256 payment,
        uint256 burned
    );

    error NodeDeedSale_ZeroCount();
    error NodeDeedSale_TooMany(uint256 count, uint256 most);
    error NodeDeedSale_Expired(uint256 deadline, uint256 time);
    error NodeDeedSale_NotApproved(address operator);
    /// @notice The price moved above what the buyer accepts. Wei of R1.
    error NodeDeedSale_AboveMaximum(uint256 payment, uint256 maxR1);

    /// @notice Most deeds in one purchase.
    function MAX_COUNT() external view returns (uint256);

    /// @notice The next `count` deeds cost `dollars` whole US dollars, or `payment` wei of R1 at the feed's price, rounded up.
    function quote(uint256 count) external view returns (uint256 dollars, uint256 payment);

    /// @notice Buys `count` deeds for `recipient` with the caller's R1, out of its allowance to this contract.
    /// @param maxR1 The most wei of R1 the caller pays.
    /// @param deadline Unix seconds; nothing is bought after it.
    /// @return firstId The deeds are `firstId` to `firstId + count − 1`.
    function buy(uint256 count, uint256 maxR1, uint256 deadline, address recipient) external returns (uint256 firstId);

    /// @notice The same with an ERC-2612 permit for `maxR1` until `deadline`. A permit that somebody else already used is no
    /// obstacle: the allowance decides.
    function buyWithPermit(
        uint256 count,
        uint256 maxR1,
        uint256 deadline,
        address recipient,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 firstId);

    /// @notice Stops the sale. Guardian only.
    function pause() external;

    function unpause() external;

    /// @notice Price in whole US dollars and number of deeds of tier `index`, 0 to 11.
    function tierAt(uint256 index) external pure returns (uint256 dollars, uint256 units);
}
