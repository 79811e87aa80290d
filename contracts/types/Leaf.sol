// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DeedId} from "./DeedId.sol";

/// @notice What a leaf of an epoch's tree counts.
enum LeafKind {
    None,
    Availability,
    Service
}

/// @title Leaf
/// @notice The double-hashed leaves that OpenZeppelin's `MerkleProof` and `@openzeppelin/merkle-tree` read.
library Leaf {
    /// @notice Leaf of a deed's credited availability bytes, summed over all epochs so far.
    function availability(DeedId deed, uint256 cumulative) internal pure returns (bytes32) {
        return hash(LeafKind.Availability, DeedId.unwrap(deed), cumulative);
    }

    /// @notice Leaf of the service bytes of one deed for one job, summed over all epochs so far.
    function service(uint256 jobId, DeedId deed, uint256 cumulative) internal pure returns (bytes32) {
        return hash(LeafKind.Service, uint256(keccak256(abi.encode(jobId, deed))), cumulative);
    }

    /// @notice Leaf of any kind.
    function hash(LeafKind kind, uint256 id, uint256 cumulative) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(kind, id, cumulative))));
    }
}
