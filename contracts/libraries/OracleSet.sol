// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title OracleSet
/// @notice A set of addresses packed in ascending order, 20 bytes each.
library OracleSet {
    uint256 private constant _WIDTH = 20;

    function size(bytes memory set) internal pure returns (uint256) {
        return set.length / _WIDTH;
    }

    /// @notice The address at `position`, which has to be below `size`.
    function at(bytes memory set, uint256 position) internal pure returns (address account) {
        // Twenty bytes out of the middle of a word-aligned array: Solidity itself would copy byte by byte.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            account := shr(96, mload(add(add(set, 32), mul(position, _WIDTH))))
        }
    }

    /// @notice Position of `account` at or after `from`; `size` when it is not there.
    function find(bytes memory set, address account, uint256 from) internal pure returns (uint256 position) {
        uint256 count = size(set);
        for (position = from; position < count; ++position) {
            address other = at(set, position);
            if (other == account) return position;
            if (other > account) return count;
        }
    }

    /// @notice The set with `account`, which has to be new to it.
    function insert(bytes memory set, address account) internal pure returns (bytes memory grown) {
        uint256 count = size(set);
        bool placed = false;
        for (uint256 i = 0; i < count; ++i) {
            address other = at(set, i);
            if (!placed && account < other) {
                grown = bytes.concat(grown, bytes20(account));
                placed = true;
            }
            grown = bytes.concat(grown, bytes20(other));
        }
        if (!placed) grown = bytes.concat(grown, bytes20(account));
    }

    /// @notice The set without `account`.
    function remove(bytes memory set, address account) internal pure returns (bytes memory shrunk) {
        (, shrunk) = split(set, bytes.concat(bytes20(account)));
    }

    /// @notice The members at the positions whose bits are set in `bitmap`.
    function select(bytes memory set, uint256 bitmap) internal pure returns (bytes memory members) {
        uint256 count = size(set);
        for (uint256 i = 0; i < count; ++i) {
            if ((bitmap >> i) & 1 == 1) members = bytes.concat(members, bytes20(at(set, i)));
        }
    }

    /// @notice The members that are in `others` too, and the rest.
    function split(
        bytes memory set,
        bytes memory others
    ) internal pure returns (bytes memory common, bytes memory rest) {
        uint256 count = size(set);
        for (uint256 i = 0; i < count; ++i) {
            address member = at(set, i);
            if (find(others, member, 0) < size(others)) common = bytes.concat(common, bytes20(member));
            else rest = bytes.concat(rest, bytes20(member));
        }
    }

    function toArray(bytes memory set) internal pure returns (address[] memory accounts) {
        accounts = new address[](size(set));
        for (uint256 i = 0; i < accounts.length; ++i) accounts[i] = at(set, i);
    }
}
