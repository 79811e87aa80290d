// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {IDeedRenderer} from "../interfaces/IDeedRenderer.sol";
import {DeedKind} from "../types/DeedId.sol";

/// @title DeedRenderer
/// @notice See `IDeedRenderer`. Every text in the output is made here; nothing a user typed gets in.
contract DeedRenderer is IDeedRenderer {
    using Strings for uint256;

    uint256 private constant _BAR_WIDTH = 320;

    /// @inheritdoc IDeedRenderer
    function render(Face calldata face) external pure returns (string memory) {
        string memory json = string.concat(
            '{"name":"',
            _className(face.kind),
            " #",
            face.tokenId.toString(),
            '","description":"A licence to run an R1 node. Mined R1 has been minted to its owners; residual R1 is what it can still mine.",',
            _attributes(face),
            ',"image":"data:image/svg+xml;base64,',
            Base64.encode(bytes(_svg(face))),
            '"}'
        );
        return string.concat("data:application/json;base64,", Base64.encode(bytes(json)));
    }

    function _attributes(Face calldata face) private pure returns (string memory) {
        return
            string.concat(
                '"attributes":[',
                _attribute("Class", _className(face.kind)),
                ",",
                _attribute("Mined R1", _decimal(face.mined)),
                ",",
                _attribute("Residual R1", _decimal(face.allocation - face.mined)),
                ",",
                _attribute("Node", _nodeText(face.node)),
                ",",
                _attribute("Standing", face.banned ? "banned" : "good"),
                "]"
            );
    }

    function _attribute(string memory name, string memory value) private pure returns (string memory) {
        return string.concat('{"trait_type":"', name, '","value":"', value, '"}');
    }

    function _svg(Face calldata face) private pure returns (string memory) {
        uint256 filled = face.allocation == 0 ? 0 : (_BAR_WIDTH * face.mined) / face.allocation;
        return
            string.concat(
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" font-family="monospace" fill="#f4f1e8">',
                '<rect width="400" height="400" rx="24" fill="',
                _colour(face.kind),
                '"/>',
                _text(72, 26, _className(face.kind)),
                _text(116, 34, string.concat("#", face.tokenId.toString())),
                _text(212, 15, string.concat("mined ", _decimal(face.mined), " R1")),
                _text(238, 15, string.concat("residual ", _decimal(face.allocation - face.mined), " R1")),
                _bar(filled),
                _text(340, 11, _nodeText(face.node)),
                face.banned ? _text(366, 15, "BANNED") : "",
                "</svg>"
            );
    }

    function _bar(uint256 filled) private pure returns (string memory) {
        return
            string.concat(
                '<rect x="40" y="266" width="320" height="14" rx="7" fill="#00000055"/><rect x="40" y="266" width="',
                filled.toString(),
                '" height="14" rx="7"/>'
            );
    }

    function _text(uint256 y, uint256 size, string memory content) private pure returns (string memory) {
        return
            string.concat('<text x="40" y="', y.toString(), '" font-size="', size.toString(), '">', content, "</text>");
    }

    /// @dev Wei as R1 with six decimals, rounded down.
    function _decimal(uint256 amount) private pure returns (string memory) {
        bytes memory fraction = bytes(((amount % 1e18) / 1e12 + 1e6).toString());
        fraction[0] = ".";
        return string.concat((amount / 1e18).toString(), string(fraction));
    }

    function _nodeText(address node) private pure returns (string memory) {
        return node == address(0) ? "no node" : Strings.toHexString(node);
    }

    function _className(DeedKind kind) private pure returns (string memory) {
        if (kind == DeedKind.Genesis) return "Genesis Node Deed";
        return kind == DeedKind.Master ? "Master Node Deed" : "Node Deed";
    }

    function _colour(DeedKind kind) private pure returns (string memory) {
        if (kind == DeedKind.Genesis) return "#6b4e16";
        return kind == DeedKind.Master ? "#3c2a63" : "#12404a";
    }
}
