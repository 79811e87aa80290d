// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ITreasuryPool
/// @notice Holds one pool's share of the Genesis emission (paper, section 3.3). Nothing leaves before the unlock time, and
/// nothing beyond what the milestones reached so far allow.
/// @dev Released so far never exceeds `share of milestones reached × everything ever received`, rounded down.
interface ITreasuryPool {
    event MilestoneReached(uint256 indexed index, string evidence);
    event Released(address indexed to, uint256 amount, string purpose);

    /// @notice Unix seconds.
    error TreasuryPool_Locked(uint256 unlockTime, uint256 time);
    error TreasuryPool_AboveReleasable(uint256 amount, uint256 releasable);
    error TreasuryPool_SharesNotWhole(uint256 sum);
    error TreasuryPool_NoMilestoneLeft();
    error TreasuryPool_NoText();
    error TreasuryPool_ZeroAmount();

    /// @notice Records that the next milestone was reached. Governance only.
    /// @param evidence Public and not empty.
    function reachMilestone(string calldata evidence) external;

    /// @notice Sends `amount` wei of R1 to `to`. Treasurer only.
    /// @param purpose Public and not empty.
    function release(address to, uint256 amount, string calldata purpose) external;

    /// @notice Wei that can be released now.
    function releasable() external view returns (uint256);

    /// @notice Wei released so far.
    function released() external view returns (uint256);

    /// @notice Share of all income that each milestone sets free, in basis points; together 10,000.
    function milestones() external view returns (uint16[] memory);

    function milestonesReached() external view returns (uint256);

    /// @notice Unix seconds.
    function UNLOCK_TIME() external view returns (uint256);

    function name() external view returns (string memory);
}
