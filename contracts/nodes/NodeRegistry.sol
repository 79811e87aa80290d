// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IDeed} from "../interfaces/IDeed.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";
import {EpochClock} from "../libraries/EpochClock.sol";
import {DeedId, DeedIdLib, DeedKind} from "../types/DeedId.sol";

/// @title NodeRegistry
/// @notice See `INodeRegistry`.
contract NodeRegistry is EpochClock, EIP712, AccessManaged, Pausable, INodeRegistry {
    struct Association {
        address node;
        uint48 since;
    }

    bytes32 private constant _ASSOCIATION_TYPEHASH = keccak256(
        "Association(uint256 deed,address owner,uint256 deadline)"
    );

    /// @inheritdoc INodeRegistry
    uint256 public immutable REASSOCIATION_DELAY;
    IOperatorRegistry public immutable OPERATORS;
    IDeed public immutable NODE_DEED;
    IDeed public immutable MASTER_NODE_DEED;
    IDeed public immutable GENESIS_NODE_DEED;

    mapping(DeedId deed => Association) private _associations;
    mapping(address node => DeedId) private _deedOf;

    /// @param clock The ledger whose epochs count; genesis and duration are taken over from it.
    /// @param reassociationDelay Seconds.
    constructor(
        address authority,
        IEpochClock clock,
        IOperatorRegistry operators,
        uint256 reassociationDelay,
        IDeed nodeDeed,
        IDeed masterNodeDeed,
        IDeed genesisNodeDeed
    ) EpochClock(clock.GENESIS(), clock.EPOCH_DURATION()) EIP712("NodeRegistry", "1") AccessManaged(authority) {
        REASSOCIATION_DELAY = reassociationDelay;
        OPERATORS = operators;
        NODE_DEED = nodeDeed;
        MASTER_NODE_DEED = masterNodeDeed;
        GENESIS_NODE_DEED = genesisNodeDeed;
    }

    /// @inheritdoc INodeRegistry
    function associate(DeedId deed, address node, uint256 deadline, bytes calldata signature) external whenNotPaused {
        _requireApproved(msg.sender);
        _associate(deed, node, deadline, signature);
    }

    /// @inheritdoc INodeRegistry
    function associateMany(AssociationRequest[] calldata requests) external whenNotPaused {
        if (requests.length == 0) revert NodeRegistry_NothingToAssociate();
        _requireApproved(msg.sender);
        for (uint256 i = 0; i < requests.length; ++i) {
            AssociationRequest calldata request = requests[i];
            _associate(request.deed, request.node, request.deadline, request.signature);
        }
    }

    /// @inheritdoc INodeRegistry
    function dissociate(DeedId deed) external {
        address node = _associations[deed].node;
        if (node == address(0)) revert NodeRegistry_NotAssociated(deed);
        if (msg.sender != node && msg.sender != _ownerOf(deed)) revert NodeRegistry_NotOwnerOrNode(deed, msg.sender);
        _dissociate(deed, node);
    }

    /// @inheritdoc INodeRegistry
    function onDeedTransfer(uint256 tokenId) external {
        DeedId deed = DeedIdLib.encode(_kindOf(msg.sender), tokenId);
        address node = _associations[deed].node;
        if (node != address(0)) _dissociate(deed, node);
    }

    /// @inheritdoc INodeRegistry
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc INodeRegistry
    function unpause() external restricted {
        _unpause();
    }

    /// @inheritdoc INodeRegistry
    function nodeOf(DeedId deed) external view returns (address) {
        return _associations[deed].node;
    }

    /// @inheritdoc INodeRegistry
    function deedOf(address node) external view returns (DeedId) {
        return _deedOf[node];
    }

    /// @inheritdoc INodeRegistry
    function associatedAt(DeedId deed) external view returns (uint256) {
        return _associations[deed].since;
    }

    /// @inheritdoc INodeRegistry
    function isActive(address node) external view returns (bool) {
        DeedId deed = _deedOf[node];
        return !deed.isNone() && _isInOrder(deed);
    }

    /// @inheritdoc INodeRegistry
    function isServing(DeedId deed) external view returns (bool) {
        return _associations[deed].node != address(0) && _isInOrder(deed);
    }

    /// @inheritdoc INodeRegistry
    function operatorOf(address node) external view returns (address) {
        DeedId deed = _deedOf[node];
        return deed.isNone() ? address(0) : _ownerOf(deed);
    }

    /// @inheritdoc INodeRegistry
    function collectionOf(DeedId deed) public view returns (address) {
        DeedKind kind = deed.kind();
        if (kind == DeedKind.Node) return address(NODE_DEED);
        return kind == DeedKind.Master ? address(MASTER_NODE_DEED) : address(GENESIS_NODE_DEED);
    }

    /// @dev The caller is known to be an approved operator.
    function _associate(DeedId deed, address node, uint256 deadline, bytes calldata signature) private {
        _requireConsent(deed, node, deadline, signature);
        DeedId taken = _deedOf[node];
        if (!taken.isNone()) revert NodeRegistry_NodeTaken(node, taken);
        Association storage association = _associations[deed];
        _requireDelayPassed(deed, association.since);

        uint64 epoch = currentEpoch();
        address owner = IDeed(collectionOf(deed)).recordAssociation(deed.tokenId(), epoch);
        if (owner != msg.sender) revert NodeRegistry_NotOwner(deed, msg.sender);

        address previous = association.node;
        if (previous != address(0)) _dissociate(deed, previous);
        association.node = node;
        association.since = uint48(_now());
        _deedOf[node] = deed;
        emit NodeAssociated(deed, node, owner, epoch);
    }

    function _dissociate(DeedId deed, address node) private {
        _associations[deed].node = address(0);
        _deedOf[node] = DeedId.wrap(0);
        emit NodeDissociated(deed, node);
    }

    function _requireApproved(address operator) private view {
        if (!OPERATORS.isApproved(operator)) revert NodeRegistry_OperatorNotApproved(operator);
    }

    /// @dev The deadline lies before the end of the re-association delay: a consent is over before it could serve again.
    function _requireConsent(DeedId deed, address node, uint256 deadline, bytes calldata signature) private view {
        uint256 time = _now();
        if (time > deadline) revert NodeRegistry_Expired(deadline, time);
        if (deadline >= time + REASSOCIATION_DELAY) {
            revert NodeRegistry_DeadlineTooFar(deadline, time + REASSOCIATION_DELAY);
        }
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(_ASSOCIATION_TYPEHASH, deed, msg.sender, deadline)));
        (address signer, , ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (signer != node || node == address(0)) revert NodeRegistry_WrongNodeSignature(node);
    }

    function _requireDelayPassed(DeedId deed, uint256 since) private view {
        if (since != 0 && _now() < since + REASSOCIATION_DELAY) {
            revert NodeRegistry_TooSoon(deed, since + REASSOCIATION_DELAY);
        }
    }

    /// @dev Whether neither the deed nor its owner is banned, and the owner is approved.
    function _isInOrder(DeedId deed) private view returns (bool) {
        (address owner, bool banned) = IDeed(collectionOf(deed)).standingOf(deed.tokenId());
        return !banned && OPERATORS.isApproved(owner);
    }

    function _ownerOf(DeedId deed) private view returns (address) {
        return IDeed(collectionOf(deed)).ownerOf(deed.tokenId());
    }

    function _kindOf(address collection) private view returns (DeedKind) {
        if (collection == address(NODE_DEED)) return DeedKind.Node;
        if (collection == address(MASTER_NODE_DEED)) return DeedKind.Master;
        if (collection == address(GENESIS_NODE_DEED)) return DeedKind.Genesis;
        revert NodeRegistry_NotDeedContract(collection);
    }
}
