// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {ITreasuryPool} from "../interfaces/ITreasuryPool.sol";

/// @title TreasuryPool
/// @notice See `ITreasuryPool`.
contract TreasuryPool is AccessManaged, ITreasuryPool {
    using SafeERC20 for IERC20;

    uint256 private constant _BASIS_POINTS = 10_000;

    IERC20 public immutable TOKEN;
    /// @inheritdoc ITreasuryPool
    uint256 public immutable UNLOCK_TIME;

    string private _name;
    uint16[] private _milestones;
    uint256 private _reached;
    uint256 private _unlockedShare;
    uint256 private _released;

    /// @param unlockTime Unix seconds.
    /// @param milestones_ Basis points that each milestone sets free, together 10,000; none: all is free from `unlockTime` on.
    constructor(
        address authority,
        IERC20 r1,
        string memory name_,
        uint256 unlockTime,
        uint16[] memory milestones_
    ) AccessManaged(authority) {
        TOKEN = r1;
        UNLOCK_TIME = unlockTime;
        _name = name_;
        _milestones = milestones_;
        if (milestones_.length == 0) _unlockedShare = _BASIS_POINTS;
        else _requireWhole(milestones_);
    }

    /// @inheritdoc ITreasuryPool
    function reachMilestone(string calldata evidence) external restricted {
        if (bytes(evidence).length == 0) revert TreasuryPool_NoText();
        uint256 index = _reached;
        if (index == _milestones.length) revert TreasuryPool_NoMilestoneLeft();
        _reached = index + 1;
        _unlockedShare += _milestones[index];
        emit MilestoneReached(index, evidence);
    }

    /// @inheritdoc ITreasuryPool
    function release(address to, uint256 amount, string calldata purpose) external restricted {
        if (block.timestamp < UNLOCK_TIME) revert TreasuryPool_Locked(UNLOCK_TIME, block.timestamp);
        if (bytes(purpose).length == 0) revert TreasuryPool_NoText();
        if (amount == 0) revert TreasuryPool_ZeroAmount();
        uint256 most = releasable();
        if (amount > most) revert TreasuryPool_AboveReleasable(amount, most);

        _released += amount;
        emit Released(to, amount, purpose);
        TOKEN.safeTransfer(to, amount);
    }

    /// @inheritdoc ITreasuryPool
    function released() external view returns (uint256) {
        return _released;
    }

    /// @inheritdoc ITreasuryPool
    function milestones() external view returns (uint16[] memory) {
        return _milestones;
    }

    /// @inheritdoc ITreasuryPool
    function milestonesReached() external view returns (uint256) {
        return _reached;
    }

    /// @inheritdoc ITreasuryPool
    function name() external view returns (string memory) {
        return _name;
    }

    /// @inheritdoc ITreasuryPool
    function releasable() public view returns (uint256) {
        if (block.timestamp < UNLOCK_TIME) return 0;
        uint256 received = TOKEN.balanceOf(address(this)) + _released;
        return (received * _unlockedShare) / _BASIS_POINTS - _released;
    }

    function _requireWhole(uint16[] memory shares) private pure {
        uint256 sum = 0;
        for (uint256 i = 0; i < shares.length; ++i) sum += shares[i];
        if (sum != _BASIS_POINTS) revert TreasuryPool_SharesNotWhole(sum);
    }
}
