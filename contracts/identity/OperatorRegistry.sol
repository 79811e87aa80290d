// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";

/// @title OperatorRegistry
/// @notice See `IOperatorRegistry`.
contract OperatorRegistry is AccessManaged, IOperatorRegistry {
    /// @dev One slot an operator, so that a claim learns standing and payee with one read.
    mapping(address operator => Operator) private _operators;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IOperatorRegistry
    function approve(address operator, uint48 until, Verification verification) external restricted {
        if (operator == address(0)) revert OperatorRegistry_ZeroOperator();
        if (until <= block.timestamp) revert OperatorRegistry_ExpiryInPast(until, block.timestamp);
        if (verification == Verification.None) revert OperatorRegistry_NoVerification();
        _operators[operator].approvedUntil = until;
        _operators[operator].verification = verification;
        emit OperatorApproved(operator, until, verification);
    }

    /// @inheritdoc IOperatorRegistry
    function revoke(address operator) external restricted {
        if (_operators[operator].approvedUntil == 0) revert OperatorRegistry_NotApproved(operator);
        _operators[operator].approvedUntil = 0;
        emit OperatorRevoked(operator);
    }

    /// @inheritdoc IOperatorRegistry
    function ban(address operator, string calldata reason) external restricted {
        if (operator == address(0)) revert OperatorRegistry_ZeroOperator();
        if (bytes(reason).length == 0) revert OperatorRegistry_NoReason();
        if (_operators[operator].banned) revert OperatorRegistry_AlreadyBanned(operator);
        _operators[operator].banned = true;
        emit OperatorBanned(operator, reason);
    }

    /// @inheritdoc IOperatorRegistry
    function unban(address operator) external restricted {
        if (!_operators[operator].banned) revert OperatorRegistry_NotBanned(operator);
        _operators[operator].banned = false;
        emit OperatorUnbanned(operator);
    }

    /// @inheritdoc IOperatorRegistry
    function setPayee(address payee) external {
        _operators[msg.sender].payee = payee;
        emit PayeeSet(msg.sender, payee);
    }

    /// @inheritdoc IOperatorRegistry
    function isApproved(address operator) external view returns (bool) {
        Operator storage record = _operators[operator];
        return !record.banned && block.timestamp < record.approvedUntil;
    }

    /// @inheritdoc IOperatorRegistry
    function isBanned(address operator) external view returns (bool) {
        return _operators[operator].banned;
    }

    /// @inheritdoc IOperatorRegistry
    function operatorOf(address operator) external view returns (Operator memory) {
        return _operators[operator];
    }

    /// @inheritdoc IOperatorRegistry
    function payoutOf(address operator) external view returns (address payee, bool banned) {
        Operator storage record = _operators[operator];
        payee = record.payee;
        if (payee == address(0)) payee = operator;
        banned = record.banned;
    }
}
