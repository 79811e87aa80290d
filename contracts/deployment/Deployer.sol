// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Deployer
/// @notice Makes one contract at an address that is known before. Contracts that name each other in immutables need that: the
/// first learns where the second will be, and nothing has to be connected, or left unconnected, later.
abstract contract Deployer {
    /// @notice Where the contract will be.
    address public immutable TARGET;
    address private immutable _CREATOR;

    error Deployer_NotCreator(address caller);
    error Deployer_AlreadyDeployed(address target);

    constructor() {
        _CREATOR = msg.sender;
        // The first contract that a contract makes: keccak256(rlp([creator, 1])).
        TARGET = address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), hex"01")))));
    }

    modifier onlyCreatorOnce() {
        if (msg.sender != _CREATOR) revert Deployer_NotCreator(msg.sender);
        if (TARGET.code.length != 0) revert Deployer_AlreadyDeployed(TARGET);
        _;
    }
}
