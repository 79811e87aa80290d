// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {INodeDeed} from "../interfaces/INodeDeed.sol";
import {INodeDeedSale} from "../interfaces/INodeDeedSale.sol";
import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";
import {IR1} from "../interfaces/IR1.sol";
import {PriceFeed} from "../libraries/PriceFeed.sol";
import {SaleTiers} from "../libraries/SaleTiers.sol";

/// @title NodeDeedSale
/// @notice See `INodeDeedSale`.
contract NodeDeedSale is AccessManaged, Pausable, INodeDeedSale {
    using SafeERC20 for IR1;

    uint256 private constant _LIQUIDITY_PERCENT = 50;
    uint256 private constant _BURNED_PERCENT = 20;
    uint8 private constant _MAX_FEED_DECIMALS = 40;

    /// @inheritdoc INodeDeedSale
    uint256 public constant MAX_COUNT = 100;

    IR1 public immutable TOKEN;
    INodeDeed public immutable NODE_DEED;
    IOperatorRegistry public immutable OPERATORS;
    address public immutable LIQUIDITY_WALLET;
    address public immutable OPERATIONS_WALLET;

    // In this order the five take the rest of the pause flag's slot and one more: a purchase reads two slots.
    uint32 private _maxAge;
    uint8 private _feedDecimals;
    AggregatorV3Interface private _feed;
    uint48 private _least;
    uint48 private _most;

    constructor(
        address authority,
        IR1 r1,
        INodeDeed nodeDeed,
        IOperatorRegistry operators,
        address liquidityWallet,
        address operationsWallet,
        FeedConfig memory config
    ) AccessManaged(authority) {
        TOKEN = r1;
        NODE_DEED = nodeDeed;
        OPERATORS = operators;
        LIQUIDITY_WALLET = liquidityWallet;
        OPERATIONS_WALLET = operationsWallet;
        _configureFeed(config);
    }

    /// @inheritdoc INodeDeedSale
    function buy(uint256 count, uint256 maxR1, uint256 deadline, address recipient) external returns (uint256 firstId) {
        return _buy(count, maxR1, deadline, recipient);
    }

    /// @inheritdoc INodeDeedSale
    function buyWithPermit(
        uint256 count,
        uint256 maxR1,
        uint256 deadline,
        address recipient,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 firstId) {
        // A permit can be sent ahead by whoever sees it; its allowance is there all the same, and the payment needs only that.
        // solhint-disable-next-line no-empty-blocks
        try TOKEN.permit(msg.sender, address(this), maxR1, deadline, v, r, s) {} catch {}
        return _buy(count, maxR1, deadline, recipient);
    }

    /// @inheritdoc INodeDeedSale
    function configureFeed(FeedConfig calldata config) external restricted {
        _configureFeed(config);
    }

    /// @inheritdoc INodeDeedSale
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc INodeDeedSale
    function unpause() external restricted {
        _unpause();
    }

    /// @inheritdoc INodeDeedSale
    function quote(uint256 count) external view returns (uint256 dollars, uint256 payment) {
        return _quote(count);
    }

    /// @inheritdoc INodeDeedSale
    function feedConfig() external view returns (FeedConfig memory) {
        return FeedConfig({feed: _feed, maxAge: _maxAge, least: _least, most: _most});
    }

    /// @inheritdoc INodeDeedSale
    function tierAt(uint256 index) external pure returns (uint256 dollars, uint256 units) {
        return SaleTiers.tier(index);
    }

    function _buy(
        uint256 count,
        uint256 maxR1,
        uint256 deadline,
        address recipient
    ) private whenNotPaused returns (uint256 firstId) {
        if (block.timestamp > deadline) revert NodeDeedSale_Expired(deadline, block.timestamp);
        // The deed itself asks this of the recipient.
        if (recipient != msg.sender && !OPERATORS.isApproved(msg.sender)) revert NodeDeedSale_NotApproved(msg.sender);
        (uint256 dollars, uint256 payment) = _quote(count);
        if (payment > maxR1) revert NodeDeedSale_AboveMaximum(payment, maxR1);

        firstId = NODE_DEED.issue(recipient, count);
        uint256 burned = _collect(payment);
        emit NodeDeedsSold(msg.sender, recipient, firstId, count, dollars, payment, burned);
    }

    function _collect(uint256 payment) private returns (uint256 burned) {
        uint256 liquidity = (payment * _LIQUIDITY_PERCENT) / 100;
        burned = (payment * _BURNED_PERCENT) / 100;
        TOKEN.safeTransferFrom(msg.sender, LIQUIDITY_WALLET, liquidity);
        TOKEN.safeTransferFrom(msg.sender, OPERATIONS_WALLET, payment - liquidity - burned);
        TOKEN.burnFrom(msg.sender, burned);
    }

    function _configureFeed(FeedConfig memory config) private {
        bool sound = config.maxAge != 0 && config.least != 0 && config.least <= config.most;
        if (!sound || address(config.feed).code.length == 0) revert NodeDeedSale_BadFeedConfig(config);
        uint8 decimals = config.feed.decimals();
        if (decimals > _MAX_FEED_DECIMALS) revert NodeDeedSale_BadFeedConfig(config);
        _feed = config.feed;
        _maxAge = config.maxAge;
        _feedDecimals = decimals;
        _least = config.least;
        _most = config.most;
        emit FeedConfigured(config);
    }

    function _quote(uint256 count) private view returns (uint256 dollars, uint256 payment) {
        if (count == 0) revert NodeDeedSale_ZeroCount();
        if (count > MAX_COUNT) revert NodeDeedSale_TooMany(count, MAX_COUNT);
        uint256 price = PriceFeed.read(_feed, _maxAge, _least, _most);
        dollars = SaleTiers.cost(NODE_DEED.totalSupply(), count);
        // A 256-bit product holds this for every feed of at most 40 decimals.
        payment = Math.ceilDiv(dollars * 10 ** (uint256(_feedDecimals) + 18), price);
    }
}
