// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice The class of a licence. `None` is never a valid kind, so a zero `DeedId` is never a deed.
enum DeedKind {
    None,
    Node,
    Master,
    Genesis
}

/// @notice One licence of any class: `kind << 248 | tokenId`. Zero means "no deed".
type DeedId is uint256;

using {DeedIdLib.kind, DeedIdLib.tokenId, DeedIdLib.isNone} for DeedId global;

/// @title DeedIdLib
/// @notice Packing and unpacking of deed identifiers.
library DeedIdLib {
    uint256 private constant _KIND_SHIFT = 248;

    /// @notice The id does not name a deed of a known class.
    error DeedId_Invalid(uint256 deed);

    /// @dev `tokenId_` must be below 2^248; every token id in the protocol is below 2^32.
    function encode(DeedKind kind_, uint256 tokenId_) internal pure returns (DeedId) {
        return DeedId.wrap((uint256(kind_) << _KIND_SHIFT) | tokenId_);
    }

    /// @notice The class of `deed`; reverts for a class that does not exist.
    function kind(DeedId deed) internal pure returns (DeedKind) {
        uint256 raw = DeedId.unwrap(deed) >> _KIND_SHIFT;
        if (raw == 0 || raw > uint256(type(DeedKind).max)) revert DeedId_Invalid(DeedId.unwrap(deed));
        return DeedKind(raw);
    }

    /// @notice The ERC-721 token id of `deed` within its class.
    function tokenId(DeedId deed) internal pure returns (uint256) {
        return DeedId.unwrap(deed) & ((1 << _KIND_SHIFT) - 1);
    }

    function isNone(DeedId deed) internal pure returns (bool) {
        return DeedId.unwrap(deed) == 0;
    }
}
