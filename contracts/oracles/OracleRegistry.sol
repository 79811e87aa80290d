// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IOracleRegistry} from "../interfaces/IOracleRegistry.sol";
import {OracleSet} from "../libraries/OracleSet.sol";
import {CompactSignature} from "../types/EpochReport.sol";

/// @title OracleRegistry
/// @notice See `IOracleRegistry`.
/// @dev The set is kept as the code of a data contract: checking a commit reads all oracles for the price of one cold account,
/// where a mapping would cost one cold slot a signature; sets change rarely.
contract OracleRegistry is AccessManaged, IOracleRegistry {
    using OracleSet for bytes;

    uint256 private constant _MAX_ORACLES = 64;
    uint256 private constant _MIN_QUORUM = 3;

    INodeRegistry public immutable NODE_REGISTRY;

    address private _setPointer;
    mapping(address oracle => address) private _owners;
    mapping(address owner => address) private _oracleOfOwner;

    constructor(address authority, INodeRegistry nodeRegistry) AccessManaged(authority) {
        NODE_REGISTRY = nodeRegistry;
        _setPointer = SSTORE2.write("");
    }

    /// @inheritdoc IOracleRegistry
    function addOracle(address node) external restricted {
        if (_owners[node] != address(0)) revert OracleRegistry_AlreadyOracle(node);
        if (!NODE_REGISTRY.isActive(node)) revert OracleRegistry_NodeNotActive(node);
        address owner = NODE_REGISTRY.operatorOf(node);
        address other = _oracleOfOwner[owner];
        if (other != address(0)) revert OracleRegistry_OwnerHasOracle(owner, other);
        bytes memory set = _set();
        if (set.size() == _MAX_ORACLES) revert OracleRegistry_SetFull(_MAX_ORACLES);

        _owners[node] = owner;
        _oracleOfOwner[owner] = node;
        address pointer = _store(set.insert(node));
        emit OracleAdded(node, owner, pointer);
    }

    /// @inheritdoc IOracleRegistry
    function removeOracle(address oracle) external restricted {
        _remove(oracle, Removal.Governance);
    }

    /// @inheritdoc IOracleRegistry
    function eject(address oracle) external {
        if (isEligible(oracle)) revert OracleRegistry_StillEligible(oracle);
        _remove(oracle, Removal.Lapsed);
    }

    /// @inheritdoc IOracleRegistry
    function verify(
        bytes32 digest,
        CompactSignature[] calldata signatures
    ) external view returns (uint256 signers, address setPointer) {
        setPointer = _setPointer;
        bytes memory set = SSTORE2.read(setPointer);
        uint256 needed = _quorumOf(set.size());
        if (signatures.length < needed) revert OracleRegistry_TooFewSignatures(signatures.length, needed);

        uint256 position = 0;
        for (uint256 i = 0; i < signatures.length; ++i) {
            (address signer, , ) = ECDSA.tryRecover(digest, signatures[i].r, signatures[i].vs);
            // Both lists ascend, so one walk finds every signer, and a repeated or unsorted one is past already.
            position = set.find(signer, position);
            if (position == set.size()) revert OracleRegistry_BadSignature(i, signer);
            signers |= 1 << position++;
        }
    }

    /// @inheritdoc IOracleRegistry
    function quorum() external view returns (uint256) {
        return _quorumOf(_set().size());
    }

    /// @inheritdoc IOracleRegistry
    function oracles() external view returns (address[] memory) {
        return _set().toArray();
    }

    /// @inheritdoc IOracleRegistry
    function isOracle(address account) external view returns (bool) {
        return _owners[account] != address(0);
    }

    /// @inheritdoc IOracleRegistry
    function ownerOf(address oracle) external view returns (address) {
        return _owners[oracle];
    }

    /// @inheritdoc IOracleRegistry
    function isEligible(address oracle) public view returns (bool) {
        address owner = _owners[oracle];
        if (owner == address(0)) revert OracleRegistry_NotOracle(oracle);
        return NODE_REGISTRY.isActive(oracle) && NODE_REGISTRY.operatorOf(oracle) == owner;
    }

    function _remove(address oracle, Removal why) private {
        address owner = _owners[oracle];
        if (owner == address(0)) revert OracleRegistry_NotOracle(oracle);
        delete _owners[oracle];
        delete _oracleOfOwner[owner];
        address pointer = _store(_set().remove(oracle));
        emit OracleRemoved(oracle, owner, why, pointer);
    }

    function _store(bytes memory set) private returns (address pointer) {
        pointer = SSTORE2.write(set);
        _setPointer = pointer;
    }

    function _set() private view returns (bytes memory) {
        return SSTORE2.read(_setPointer);
    }

    function _quorumOf(uint256 size) private pure returns (uint256) {
        uint256 twoThirds = (2 * size) / 3 + 1;
        return twoThirds < _MIN_QUORUM ? _MIN_QUORUM : twoThirds;
    }
}
