// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CompactSignature} from "../types/EpochReport.sol";

/// @title IOracleRegistry
/// @notice The oracle set: nodes with deeds, no two of one owner, and the quorum that speaks for them.
/// @dev Guarantees. (1) No two oracles have one owner. (2) `verify` returns only for signatures of at least `quorum()` distinct
/// current oracles. (3) An oracle whose deed, approval or node lapsed can be ejected by anybody.
interface IOracleRegistry {
    /// @notice Why an oracle left.
    enum Removal {
        Governance,
        Lapsed
    }

    /// @param setPointer Holds the new set, for ever: the addresses in ascending order, 20 bytes each, after one zero byte of
    /// code. Signer bitmaps of the ledger count positions in it.
    event OracleAdded(address indexed oracle, address indexed owner, address setPointer);
    event OracleRemoved(address indexed oracle, address indexed owner, Removal why, address setPointer);

    error OracleRegistry_NodeNotActive(address node);
    error OracleRegistry_AlreadyOracle(address oracle);
    error OracleRegistry_OwnerHasOracle(address owner, address oracle);
    error OracleRegistry_SetFull(uint256 most);
    error OracleRegistry_NotOracle(address account);
    /// @notice The oracle's node, deed and owner are all in order.
    error OracleRegistry_StillEligible(address oracle);
    error OracleRegistry_TooFewSignatures(uint256 given, uint256 quorum);
    /// @notice Signature number `index` is not by a current oracle, or not above the one before it, or malleable.
    /// `signer` is zero when it could not be recovered.
    error OracleRegistry_BadSignature(uint256 index, address signer);

    /// @notice Adds the oracle with `node`'s key. The node has to be active; its deed's owner has no other oracle. Governance only.
    function addOracle(address node) external;

    /// @notice Removes an oracle. Governance only.
    function removeOracle(address oracle) external;

    /// @notice Removes an oracle that is no longer eligible. Anybody.
    function eject(address oracle) external;

    /// @notice Checks that a quorum of oracles signed `digest`.
    /// @param signatures Compact, low `s`, ascending by signer address, no signer twice.
    /// @return signers Bit `i` set: the oracle at position `i` of the set signed.
    /// @return setPointer The set that `signers` counts in.
    function verify(
        bytes32 digest,
        CompactSignature[] calldata signatures
    ) external view returns (uint256 signers, address setPointer);

    /// @notice `max(⌊2n/3⌋ + 1, 3)` for `n` oracles: never fewer than three, however small the set.
    function quorum() external view returns (uint256);

    /// @notice The oracles, ascending.
    function oracles() external view returns (address[] memory);

    function isOracle(address account) external view returns (bool);

    /// @notice Whether `oracle` may stay: its node is active and its deed still belongs to the owner it was added with.
    function isEligible(address oracle) external view returns (bool);

    /// @notice The owner an oracle was added with; zero when `oracle` is none.
    function ownerOf(address oracle) external view returns (address);
}
