// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title MerkleTree
/// @notice Reference implementation of the tree in docs/protocol.md, written for clarity: `2n − 1` nodes, leaf `i` at
/// `2n − 2 − i`, node `i` the hash of its two children in ascending order.
library MerkleTree {
    /// @notice All nodes of the tree over at least one leaf.
    function build(bytes32[] memory leaves) internal pure returns (bytes32[] memory nodes) {
        uint256 size = 2 * leaves.length - 1;
        nodes = new bytes32[](size);
        for (uint256 i = 0; i < leaves.length; ++i) nodes[size - 1 - i] = leaves[i];
        for (uint256 i = leaves.length - 1; i > 0; --i) nodes[i - 1] = _pair(nodes[2 * i - 1], nodes[2 * i]);
    }

    function root(bytes32[] memory nodes) internal pure returns (bytes32) {
        return nodes[0];
    }

    /// @notice Siblings of leaf number `leaf`, from the leaf up.
    function proof(bytes32[] memory nodes, uint256 leaf) internal pure returns (bytes32[] memory siblings) {
        uint256 depth = 0;
        for (uint256 i = nodes.length - 1 - leaf; i > 0; i = (i - 1) / 2) ++depth;
        siblings = new bytes32[](depth);
        uint256 at = nodes.length - 1 - leaf;
        for (uint256 i = 0; i < depth; ++i) {
            siblings[i] = nodes[_sibling(at)];
            at = (at - 1) / 2;
        }
    }

    /// @notice One proof for several leaves, given in ascending order, none twice, at least one.
    function multiproof(
        bytes32[] memory nodes,
        uint256[] memory leaves
    ) internal pure returns (bytes32[] memory siblings, bool[] memory flags) {
        // A queue of node indices, nearest the leaves first; it never grows beyond the nodes of the tree.
        uint256[] memory queue = new uint256[](nodes.length + leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) queue[i] = nodes.length - 1 - leaves[i];
        siblings = new bytes32[](nodes.length);
        flags = new bool[](nodes.length);
        uint256 head = 0;
        uint256 tail = leaves.length;
        uint256 used = 0;
        uint256 steps = 0;
        for (; queue[head] != 0; ++steps) {
            uint256 node = queue[head++];
            flags[steps] = head < tail && queue[head] == _sibling(node);
            if (flags[steps]) ++head;
            else siblings[used++] = nodes[_sibling(node)];
            queue[tail++] = (node - 1) / 2;
        }
        assembly ("memory-safe") {
            mstore(siblings, used)
            mstore(flags, steps)
        }
    }

    function _sibling(uint256 node) private pure returns (uint256) {
        return node % 2 == 0 ? node - 1 : node + 1;
    }

    function _pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encodePacked(a, b)) : keccak256(abi.encodePacked(b, a));
    }
}
