// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC5192} from "../interfaces/IERC5192.sol";
import {Deed} from "./Deed.sol";

/// @title SoulboundDeed
/// @notice A deed that stays with the operator it was issued to (ERC-5192).
abstract contract SoulboundDeed is Deed, IERC5192 {
    /// @inheritdoc IERC5192
    function locked(uint256 tokenId) external view returns (bool) {
        _requireOwned(tokenId);
        return true;
    }

    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC5192).interfaceId || super.supportsInterface(interfaceId);
    }

    function _issueLocked(address to, uint256 tokenId) internal {
        _issue(to, tokenId);
        emit Locked(tokenId);
    }
}
