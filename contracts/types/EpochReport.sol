// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What the oracles sign and commit once per epoch.
/// @param epoch The epoch reported; it has ended and is later than the last committed one.
/// @param previousRoot Root of the last committed epoch; zero for the first commit.
/// @param root Merkle root over the cumulative leaves of the whole network.
/// @param dataHash keccak256 of the published leaf file.
/// @param leafCount Number of leaves below `root`.
struct EpochReport {
    uint64 epoch;
    bytes32 previousRoot;
    bytes32 root;
    bytes32 dataHash;
    uint64 leafCount;
}

/// @notice A 64-byte ECDSA signature (EIP-2098): `vs` holds `s` with the parity of `v` in its top bit.
struct CompactSignature {
    bytes32 r;
    bytes32 vs;
}
