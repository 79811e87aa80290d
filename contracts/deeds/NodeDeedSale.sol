// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {INodeDeed} from "../interfaces/INodeDeed.sol";
import {INodeDeedSale} from "../interfaces/INodeDeedSale.sol";
import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";
import {IR1} from "../interfaces/IR1.sol";
import {SaleTiers} from "../libraries/SaleTiers.sol";
import {FeedReader} from "../pricing/FeedReader.sol";

/// @title NodeDeedSale
/// @notice See `INodeDeedSale`.
contract NodeDeedSale is Pausable, FeedReader, INodeDeedSale {
    using SafeERC20 for IR1;

    uint256 private constant _LIQUIDITY_PERCENT = 50;
    uint256 private constant _BURNED_PERCENT = 20;

    /// @inheritdoc INodeDeedSale
    uint256 public constant MAX_COUNT = 100;

    IR1 public immutable TOKEN;
    INodeDeed public immutable NODE_DEED;
    IOperatorRegistry public immutable OPERATORS;
    address public immutable LIQUIDITY_WALLET;
    address public immutable OPERATIONS_WALLET;

    constructor(
        address authority,
        IR1 r1,
        INodeDeed nodeDeed,
        IOperatorRegistry operators,
        address liquidityWallet,
        address operationsWallet,
        FeedConfig memory config
    ) AccessManaged(authority) FeedReader(config) {
        TOKEN = r1;
        NODE_DEED = nodeDeed;
        OPERATORS = operators;
        LIQUIDITY_WALLET = liquidityWallet;
        OPERATIONS_WALLET = operationsWallet;
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

    function _quote(uint256 count) private view returns (uint256 dollars, uint256 payment) {
        if (count == 0) revert NodeDeedSale_ZeroCount();
        if (count > MAX_COUNT) revert NodeDeedSale_TooMany(count, MAX_COUNT);
        dollars = SaleTiers.cost(NODE_DEED.totalSupply(), count);
        payment = _inR1(dollars, 0);
    }
}
