// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DeedId} from "../types/DeedId.sol";

/// @title INodeRegistry
/// @notice Which node serves which deed, one to one. The deed's owner associates; the node's own key consents.
/// @dev EIP-712 domain `NodeRegistry`, version `1`; type `Association(uint256 deed,address owner,uint256 deadline)`.
interface INodeRegistry {
    /// @param deadline Unix seconds; the node's consent holds up to and including it.
    /// @param signature The node's 65-byte signature over the association.
    struct AssociationRequest {
        DeedId deed;
        address node;
        uint256 deadline;
        bytes signature;
    }

    event NodeAssociated(DeedId indexed deed, address indexed node, address indexed owner, uint64 epoch);
    event NodeDissociated(DeedId indexed deed, address indexed node);

    error NodeRegistry_Expired(uint256 deadline, uint256 time);
    /// @notice The consent would still hold when the deed may be associated again, and could be used twice. Unix seconds.
    error NodeRegistry_DeadlineTooFar(uint256 deadline, uint256 before);
    error NodeRegistry_NotOwner(DeedId deed, address caller);
    error NodeRegistry_NotAssociated(DeedId deed);
    error NodeRegistry_NotOwnerOrNode(DeedId deed, address caller);
    error NodeRegistry_OperatorNotApproved(address operator);
    error NodeRegistry_NodeTaken(address node, DeedId deed);
    error NodeRegistry_WrongNodeSignature(address node);
    /// @notice The deed was associated less than the re-association delay ago. Unix seconds.
    error NodeRegistry_TooSoon(DeedId deed, uint256 allowedFrom);
    error NodeRegistry_NotDeedContract(address caller);
    error NodeRegistry_NothingToAssociate();

    /// @notice Seconds between two associations of one deed (24 h in production).
    function REASSOCIATION_DELAY() external view returns (uint256);

    /// @notice Associates `node` with the caller's deed, in place of the node it had. Not while paused.
    /// @param signature 65 bytes `r ‖ s ‖ v` by the node's key, low `s`.
    function associate(DeedId deed, address node, uint256 deadline, bytes calldata signature) external;

    /// @notice The same for several deeds of the caller; all or none.
    function associateMany(AssociationRequest[] calldata requests) external;

    /// @notice Ends an association. Only the deed's owner or the node itself. Never paused; earned rewards stay with the deed.
    function dissociate(DeedId deed) external;

    /// @notice Called by a deed collection when one of its deeds changes owner: the node goes.
    function onDeedTransfer(uint256 tokenId) external;

    /// @notice Stops new associations. Guardian only.
    function pause() external;

    function unpause() external;

    /// @notice The node of `deed`; zero when it has none.
    function nodeOf(DeedId deed) external view returns (address);

    /// @notice The deed of `node`; zero when it has none.
    function deedOf(address node) external view returns (DeedId);

    /// @notice When `deed` was last associated, Unix seconds; zero: never.
    function associatedAt(DeedId deed) external view returns (uint256);

    /// @notice Whether `node` serves a deed now: associated, owner approved, neither owner nor deed banned.
    function isActive(address node) external view returns (bool);

    /// @notice Whether `deed` has a node now, an approved owner, and neither is banned.
    function isServing(DeedId deed) external view returns (bool);

    /// @notice The owner of the deed that `node` serves; zero when it serves none.
    function operatorOf(address node) external view returns (address);

    /// @notice The collection of a deed's class.
    function collectionOf(DeedId deed) external view returns (address);
}
