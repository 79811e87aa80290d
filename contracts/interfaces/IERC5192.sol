// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IERC5192
/// @notice Minimal soulbound NFTs, as in ERC-5192.
interface IERC5192 {
    event Locked(uint256 tokenId);
    event Unlocked(uint256 tokenId);

    /// @notice Whether the token cannot be transferred; reverts for a token that does not exist.
    function locked(uint256 tokenId) external view returns (bool);
}
