// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../interfaces/IJobEscrow.sol";

/// @title JobDelegation
/// @notice Who may act on somebody else's jobs: what the owner offered and the delegate accepted, right by right.
abstract contract JobDelegation is IJobEscrow {
    uint8 internal constant _EXTEND = 1;
    uint8 internal constant _SCALE = 2;
    uint8 internal constant _CLOSE = 4;
    uint8 internal constant _SPEC = 8;

    /// @dev `accepted` is part of `offered`.
    struct Delegation {
        uint8 offered;
        uint8 accepted;
    }

    mapping(address owner => mapping(address delegate => Delegation)) private _delegations;

    /// @inheritdoc IJobEscrow
    function offerDelegation(address delegate, uint8 rights) external {
        Delegation storage delegation = _delegations[msg.sender][delegate];
        delegation.offered = rights;
        // What is offered anew is accepted anew: an old consent does not outlive the end of its offer.
        delegation.accepted &= rights;
        emit DelegationOffered(msg.sender, delegate, rights);
    }

    /// @inheritdoc IJobEscrow
    function acceptDelegation(address owner, uint8 rights) external {
        Delegation storage delegation = _delegations[owner][msg.sender];
        if (rights & ~delegation.offered != 0) revert JobEscrow_NotOffered(owner, msg.sender, rights);
        delegation.accepted = rights;
        emit DelegationAccepted(owner, msg.sender, rights);
    }

    /// @inheritdoc IJobEscrow
    function rightsOf(address owner, address delegate) public view returns (uint8) {
        return _delegations[owner][delegate].accepted;
    }

    function _requireRight(uint256 jobId, address owner, uint8 right) internal view {
        if (msg.sender == owner) return;
        if (rightsOf(owner, msg.sender) & right == 0) revert JobEscrow_NotAllowed(jobId, msg.sender, right);
    }
}
