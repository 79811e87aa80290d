// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DeedKind} from "../types/DeedId.sol";

/// @title IDeedRenderer
/// @notice Draws a deed.
interface IDeedRenderer {
    /// @param allocation Wei of R1 the deed mines in all.
    /// @param mined Wei of R1 mined so far.
    /// @param node The associated node; zero when there is none.
    struct Face {
        DeedKind kind;
        uint256 tokenId;
        uint256 allocation;
        uint256 mined;
        address node;
        bool banned;
    }

    /// @notice A `data:application/json;base64,` URI with name, description, attributes and an SVG image.
    function render(Face calldata face) external pure returns (string memory);
}
