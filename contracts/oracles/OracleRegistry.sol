// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {IEpochLedger} from "../interfaces/IEpochLedger.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IOracleRegistry} from "../interfaces/IOracleRegistry.sol";
import {OracleSet} from "../libraries/OracleSet.sol";
import {CompactSignature, EpochReport} from "../types/EpochReport.sol";

/// @title OracleRegistry
/// @notice See `IOracleRegistry`.
/// @dev The set is kept as the code of a data contract: checking a commit reads all oracles for the price of one cold account,
/// where a mapping would cost one cold slot a signature; sets change rarely.
contract OracleRegistry is EIP712, AccessManaged, IOracleRegistry {
    using OracleSet for bytes;
    using SafeCast for uint256;

    /// @dev See `challengeOf`.
    struct Challenge {
        uint64 deadline;
        uint64 nextAllowed;
    }

    uint256 private constant _MAX_ORACLES = 64;
    uint256 private constant _MIN_QUORUM = 3;
    uint256 private constant _COOLDOWN_WINDOWS = 10;
    bytes32 private constant _ANSWER_TYPEHASH = keccak256("Answer(address oracle,uint64 deadline)");

    INodeRegistry public immutable NODE_REGISTRY;
    IEpochLedger public immutable LEDGER;
    /// @inheritdoc IOracleRegistry
    uint256 public immutable ANSWER_WINDOW;
    /// @inheritdoc IOracleRegistry
    uint256 public immutable CHALLENGE_COOLDOWN;

    /// @dev The current set; shares its slot with the version.
    address private _setPointer;
    uint32 private _setVersion;
    mapping(uint32 version => address) private _pointers;
    mapping(address oracle => address) private _owners;
    mapping(address owner => address) private _oracleOfOwner;
    mapping(address oracle => Challenge) private _challenges;

    /// @param answerWindow Seconds, not zero.
    constructor(
        address authority,
        INodeRegistry nodeRegistry,
        IEpochLedger ledger,
        uint256 answerWindow
    ) EIP712("OracleRegistry", "1") AccessManaged(authority) {
        if (answerWindow == 0) revert OracleRegistry_ZeroAnswerWindow();
        NODE_REGISTRY = nodeRegistry;
        LEDGER = ledger;
        ANSWER_WINDOW = answerWindow;
        CHALLENGE_COOLDOWN = _COOLDOWN_WINDOWS * answerWindow;
        _store("");
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
    function ejectSigners(uint32 setVersion, uint256 signers) external {
        if (msg.sender != address(LEDGER)) revert OracleRegistry_NotLedger(msg.sender);
        bytes memory guilty = SSTORE2.read(_pointers[setVersion]).select(signers);
        (bytes memory leaving, bytes memory staying) = _set().split(guilty);
        uint256 count = leaving.size();
        if (count == 0) return;
        address pointer = _store(staying);
        for (uint256 i = 0; i < count; ++i) _forget(leaving.at(i), Removal.Disproved, pointer);
    }

    /// @inheritdoc IOracleRegistry
    function reportEquivocation(
        EpochReport calldata a,
        CompactSignature calldata signatureOfA,
        EpochReport calldata b,
        CompactSignature calldata signatureOfB
    ) external {
        if (a.epoch != b.epoch) revert OracleRegistry_DifferentEpochs(a.epoch, b.epoch);
        bytes32 digestOfA = LEDGER.digestOf(a);
        bytes32 digestOfB = LEDGER.digestOf(b);
        if (digestOfA == digestOfB) revert OracleRegistry_SameReport(digestOfA);
        address oracle = _signerOf(digestOfA, signatureOfA);
        address other = _signerOf(digestOfB, signatureOfB);
        if (oracle != other) revert OracleRegistry_DifferentSigners(oracle, other);
        _remove(oracle, Removal.Equivocation);
    }

    /// @inheritdoc IOracleRegistry
    function challenge(address oracle) external {
        _requireOracle(oracle);
        Challenge storage current = _challenges[oracle];
        if (current.deadline != 0) revert OracleRegistry_ChallengeOpen(current.deadline);
        if (_now() < current.nextAllowed) revert OracleRegistry_ChallengedLately(current.nextAllowed);

        uint64 deadline = (_now() + ANSWER_WINDOW).toUint64();
        current.deadline = deadline;
        emit OracleChallenged(oracle, msg.sender, deadline);
    }

    /// @inheritdoc IOracleRegistry
    function answer(address oracle, CompactSignature calldata signature) external {
        uint64 deadline = _openDeadlineOf(oracle);
        if (_now() > deadline) revert OracleRegistry_TooLate(deadline);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(_ANSWER_TYPEHASH, oracle, deadline)));
        address signer = _signerOf(digest, signature);
        if (signer != oracle) revert OracleRegistry_BadAnswer(signer);

        _challenges[oracle] = Challenge(0, (_now() + CHALLENGE_COOLDOWN).toUint64());
        emit OracleAnswered(oracle, deadline);
    }

    /// @inheritdoc IOracleRegistry
    function removeSilent(address oracle) external {
        uint64 deadline = _openDeadlineOf(oracle);
        if (_now() <= deadline) revert OracleRegistry_NotSilent(deadline);
        _remove(oracle, Removal.Silent);
    }

    /// @inheritdoc IOracleRegistry
    function verify(
        bytes32 digest,
        CompactSignature[] calldata signatures
    ) external view returns (uint256 signers, address setPointer, uint32 setVersion) {
        (setPointer, setVersion) = (_setPointer, _setVersion);
        bytes memory set = SSTORE2.read(setPointer);
        uint256 needed = _quorumOf(set.size());
        if (signatures.length < needed) revert OracleRegistry_TooFewSignatures(signatures.length, needed);

        uint256 position = 0;
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = _signerOf(digest, signatures[i]);
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
    function setOf(uint32 setVersion) external view returns (address) {
        return _pointers[setVersion];
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
    function challengeOf(address oracle) external view returns (uint64 deadline, uint64 nextAllowed) {
        Challenge memory current = _challenges[oracle];
        return (current.deadline, current.nextAllowed);
    }

    /// @inheritdoc IOracleRegistry
    function isEligible(address oracle) public view returns (bool) {
        address owner = _requireOracle(oracle);
        return NODE_REGISTRY.isActive(oracle) && NODE_REGISTRY.operatorOf(oracle) == owner;
    }

    function _remove(address oracle, Removal why) private {
        _requireOracle(oracle);
        _forget(oracle, why, _store(_set().remove(oracle)));
    }

    /// @dev Clears all that is known of an oracle which is not in the new set at `pointer`.
    function _forget(address oracle, Removal why, address pointer) private {
        address owner = _owners[oracle];
        delete _owners[oracle];
        delete _oracleOfOwner[owner];
        delete _challenges[oracle];
        emit OracleRemoved(oracle, owner, why, pointer);
    }

    function _store(bytes memory set) private returns (address pointer) {
        uint32 version = _setVersion + 1;
        pointer = SSTORE2.write(set);
        (_setPointer, _setVersion) = (pointer, version);
        _pointers[version] = pointer;
    }

    function _set() private view returns (bytes memory) {
        return SSTORE2.read(_setPointer);
    }

    function _requireOracle(address oracle) private view returns (address owner) {
        owner = _owners[oracle];
        if (owner == address(0)) revert OracleRegistry_NotOracle(oracle);
    }

    /// @dev The deadline of the challenge that is open. Whoever is no oracle has none: leaving clears it.
    function _openDeadlineOf(address oracle) private view returns (uint64 deadline) {
        deadline = _challenges[oracle].deadline;
        if (deadline == 0) revert OracleRegistry_NotChallenged(oracle);
    }

    /// @dev The only place where this contract reads time.
    function _now() private view returns (uint256) {
        return block.timestamp;
    }

    /// @dev Zero when nobody can be recovered, which is no oracle.
    function _signerOf(bytes32 digest, CompactSignature calldata signature) private pure returns (address signer) {
        (signer, , ) = ECDSA.tryRecover(digest, signature.r, signature.vs);
    }

    function _quorumOf(uint256 size) private pure returns (uint256) {
        uint256 twoThirds = (2 * size) / 3 + 1;
        return twoThirds < _MIN_QUORUM ? _MIN_QUORUM : twoThirds;
    }
}
