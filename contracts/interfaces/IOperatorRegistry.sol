// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IOperatorRegistry
/// @notice Who may own deeds and run nodes: KYC and KYB approvals with an expiry, bans with a reason, and the account each
/// operator wants its rewards paid to.
interface IOperatorRegistry {
    /// @notice How an operator's identity was verified: as a person (KYC) or as a business (KYB).
    enum Verification {
        None,
        Person,
        Business
    }

    /// @param approvedUntil Unix seconds; the approval holds strictly before it. Zero: never approved, or revoked.
    /// @param payee Receives the operator's rewards; zero: the operator itself.
    struct Operator {
        address payee;
        uint48 approvedUntil;
        Verification verification;
        bool banned;
    }

    event OperatorApproved(address indexed operator, uint48 until, Verification verification);
    event OperatorRevoked(address indexed operator);
    event OperatorBanned(address indexed operator, string reason);
    event OperatorUnbanned(address indexed operator);
    event PayeeSet(address indexed operator, address payee);

    error OperatorRegistry_ZeroOperator();
    /// @notice The approval would already be over. Unix seconds.
    error OperatorRegistry_ExpiryInPast(uint48 until, uint256 time);
    error OperatorRegistry_NoVerification();
    error OperatorRegistry_NoReason();
    error OperatorRegistry_AlreadyBanned(address operator);
    error OperatorRegistry_NotBanned(address operator);
    error OperatorRegistry_NotApproved(address operator);

    /// @notice Approves `operator` until `until` (Unix seconds), or renews its approval. Compliance only. Does not lift a ban.
    function approve(address operator, uint48 until, Verification verification) external;

    /// @notice Ends an approval. Compliance only. What was earned stays claimable.
    function revoke(address operator) external;

    /// @notice Bans `operator`: it neither earns, nor claims, nor serves, nor moves its deeds. Compliance only.
    /// @param reason Public and not empty.
    function ban(address operator, string calldata reason) external;

    /// @notice Lifts a ban; what was earned before it is claimable again. Compliance only.
    function unban(address operator) external;

    /// @notice Sends the caller's future rewards to `payee`; zero: to the caller itself.
    function setPayee(address payee) external;

    /// @notice Whether `operator` is approved now and not banned.
    function isApproved(address operator) external view returns (bool);

    function isBanned(address operator) external view returns (bool);

    function operatorOf(address operator) external view returns (Operator memory);

    /// @notice Where rewards of `operator` go, and whether a ban holds them back.
    function payoutOf(address operator) external view returns (address payee, bool banned);
}
