// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {IDeedRenderer} from "../../contracts/interfaces/IDeedRenderer.sol";
import {DeedId, DeedKind} from "../../contracts/types/DeedId.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// What a deed shows, to the letter
// ├── each class: its name, its colour, its numbers, its bar, its node, its standing
// ├── given nothing to mine: an empty bar; amounts are rounded down, and a bar is full with all mined
// ├── a deed's picture is that of its own record
// └── recordOf: the owner before and after the first transfer, and no first epoch before the first association
contract DeedPictureTest is ProtocolFixture {
    IDeedRenderer private renderer;

    function setUp() public override {
        super.setUp();
        renderer = nodeDeed.RENDERER();
    }

    function test_ANodeDeed() public view {
        IDeedRenderer.Face memory face = IDeedRenderer.Face({
            kind: DeedKind.Node,
            tokenId: 46_224,
            allocation: 1_575.188843457943925233 ether,
            mined: 100.0000019 ether,
            node: 0x00000000000000000000000000000000DeaDBeef,
            banned: false
        });
        string memory traits = string.concat(
            '{"trait_type":"Class","value":"Node Deed"},{"trait_type":"Mined R1","value":"100.000001"},',
            '{"trait_type":"Residual R1","value":"1475.188841"},',
            '{"trait_type":"Node","value":"0x00000000000000000000000000000000deadbeef"},',
            '{"trait_type":"Standing","value":"good"}'
        );
        string memory texts = string.concat(
            '<text x="40" y="72" font-size="26">Node Deed</text><text x="40" y="116" font-size="34">#46224</text>',
            '<text x="40" y="212" font-size="15">mined 100.000001 R1</text>',
            '<text x="40" y="238" font-size="15">residual 1475.188841 R1</text>'
        );
        string memory end =
            '<text x="40" y="340" font-size="11">0x00000000000000000000000000000000deadbeef</text></svg>';
        _requirePicture(face, "Node Deed #46224", traits, _svg("#12404a", texts, "20", end));
    }

    function test_ABannedMasterNodeDeed() public view {
        IDeedRenderer.Face memory face = IDeedRenderer.Face({
            kind: DeedKind.Master,
            tokenId: 7,
            allocation: 2 ether,
            mined: 1.5 ether,
            node: address(0),
            banned: true
        });
        string memory traits = string.concat(
            '{"trait_type":"Class","value":"Master Node Deed"},{"trait_type":"Mined R1","value":"1.500000"},',
            '{"trait_type":"Residual R1","value":"0.500000"},{"trait_type":"Node","value":"no node"},',
            '{"trait_type":"Standing","value":"banned"}'
        );
        string memory texts = string.concat(
            '<text x="40" y="72" font-size="26">Master Node Deed</text><text x="40" y="116" font-size="34">#7</text>',
            '<text x="40" y="212" font-size="15">mined 1.500000 R1</text>',
            '<text x="40" y="238" font-size="15">residual 0.500000 R1</text>'
        );
        string memory end = string.concat(
            '<text x="40" y="340" font-size="11">no node</text>',
            '<text x="40" y="366" font-size="15">BANNED</text></svg>'
        );
        _requirePicture(face, "Master Node Deed #7", traits, _svg("#3c2a63", texts, "240", end));
    }

    function test_AGenesisNodeDeedThatMinesNothing() public view {
        IDeedRenderer.Face memory face;
        (face.kind, face.tokenId) = (DeedKind.Genesis, 1);
        string memory traits = string.concat(
            '{"trait_type":"Class","value":"Genesis Node Deed"},{"trait_type":"Mined R1","value":"0.000000"},',
            '{"trait_type":"Residual R1","value":"0.000000"},{"trait_type":"Node","value":"no node"},',
            '{"trait_type":"Standing","value":"good"}'
        );
        string memory texts = string.concat(
            '<text x="40" y="72" font-size="26">Genesis Node Deed</text><text x="40" y="116" font-size="34">#1</text>',
            '<text x="40" y="212" font-size="15">mined 0.000000 R1</text>',
            '<text x="40" y="238" font-size="15">residual 0.000000 R1</text>'
        );
        string memory end = '<text x="40" y="340" font-size="11">no node</text></svg>';
        _requirePicture(face, "Genesis Node Deed #1", traits, _svg("#6b4e16", texts, "0", end));
    }

    function test_AmountsAreRoundedDownAndBarsAreFull() public view {
        _requireAmounts(1, 1, "0.000000", "0.000000", "320");
        _requireAmounts(1e12 - 1, 1e12 - 1, "0.000000", "0.000000", "320");
        _requireAmounts(1e12, 0, "0.000000", "0.000001", "0");
        _requireAmounts(3 ether - 1, 2 ether, "2.000000", "0.999999", "213");
    }

    function _requireAmounts(
        uint256 allocation,
        uint256 mined,
        string memory minedText,
        string memory residualText,
        string memory filled
    ) private view {
        IDeedRenderer.Face memory face = IDeedRenderer.Face(DeedKind.Master, 7, allocation, mined, address(0), false);
        string memory traits = string.concat(
            '{"trait_type":"Class","value":"Master Node Deed"},{"trait_type":"Mined R1","value":"',
            minedText,
            '"},{"trait_type":"Residual R1","value":"',
            residualText,
            '"},{"trait_type":"Node","value":"no node"},{"trait_type":"Standing","value":"good"}'
        );
        string memory texts = string.concat(
            '<text x="40" y="72" font-size="26">Master Node Deed</text><text x="40" y="116" font-size="34">#7</text>',
            '<text x="40" y="212" font-size="15">mined ',
            minedText,
            ' R1</text><text x="40" y="238" font-size="15">residual ',
            residualText,
            " R1</text>"
        );
        string memory end = '<text x="40" y="340" font-size="11">no node</text></svg>';
        _requirePicture(face, "Master Node Deed #7", traits, _svg("#3c2a63", texts, filled, end));
    }

    function test_CollectionsHaveNames() public view {
        vm.assertEq(nodeDeed.name(), "R1 Node Deed", "ND");
        vm.assertEq(nodeDeed.symbol(), "ND", "ND");
        vm.assertEq(masterDeed.name(), "R1 Master Node Deed", "MND");
        vm.assertEq(masterDeed.symbol(), "MND", "MND");
        vm.assertEq(genesisDeed.name(), "R1 Genesis Node Deed", "GND");
        vm.assertEq(genesisDeed.symbol(), "GND", "GND");
    }

    function test_ADeedShowsItsOwnRecord() public {
        _addOracles(3);
        (, DeedId deed, uint256 key) = _operatorWithNode("alice");
        _earn(9, deed, 1_000);
        _requireShown(
            nodeDeed,
            IDeedRenderer.Face(
                DeedKind.Node,
                1,
                nodeDeed.allocationOf(1),
                nodeDeed.mintedAt(1, 1_000),
                vm.addr(key),
                false
            )
        );
        address bob = _operator("bob", 0);
        DeedId master = _issueMaster(bob, 5 ether);
        _banDeed(master);
        uint256 id = master.tokenId();
        _requireShown(masterDeed, IDeedRenderer.Face(DeedKind.Master, id, 5 ether, 0, address(0), true));
        _issueGenesis(bob);
        uint256 allocation = genesisDeed.allocationOf(1);
        _requireShown(genesisDeed, IDeedRenderer.Face(DeedKind.Genesis, 1, allocation, 0, address(0), false));
    }

    function test_RecordsNameTheOwner() public {
        address alice = _operator("alice", 0);
        address bob = _operator("bob", 0);
        _buy(alice, 2);
        IDeed.Record memory record = nodeDeed.recordOf(2);
        vm.assertEq(record.owner, alice, "who bought it");
        vm.assertFalse(record.associatedBefore, "never associated");
        vm.assertEq(record.firstEpoch, 0, "so it has no first epoch");
        vm.prank(alice);
        nodeDeed.transferFrom(alice, bob, 2);
        vm.assertEq(nodeDeed.recordOf(2).owner, bob, "who it was given to");
        vm.assertEq(nodeDeed.recordOf(1).owner, alice, "the other one stays");
        vm.assertEq(nodeDeed.recordOf(3).owner, address(0), "a third there is not");
    }

    function _requireShown(IDeed collection, IDeedRenderer.Face memory face) private view {
        vm.assertEq(nodeDeed.RENDERER().render(face), _uriOf(collection, face.tokenId), "its own");
    }

    function _uriOf(IDeed collection, uint256 tokenId) private view returns (string memory) {
        if (address(collection) == address(nodeDeed)) return nodeDeed.tokenURI(tokenId);
        return
            address(collection) == address(masterDeed) ? masterDeed.tokenURI(tokenId) : genesisDeed.tokenURI(tokenId);
    }

    function _requirePicture(
        IDeedRenderer.Face memory face,
        string memory name,
        string memory traits,
        string memory svg
    ) private view {
        string memory json = string.concat(
            '{"name":"',
            name,
            '","description":"A licence to run an R1 node. Mined R1 has been minted to its owners; ',
            'residual R1 is what it can still mine.","attributes":[',
            traits,
            '],"image":"data:image/svg+xml;base64,',
            Base64.encode(bytes(svg)),
            '"}'
        );
        string memory uri = string.concat("data:application/json;base64,", Base64.encode(bytes(json)));
        vm.assertEq(renderer.render(face), uri, name);
    }

    function _svg(
        string memory colour,
        string memory texts,
        string memory filled,
        string memory end
    ) private pure returns (string memory) {
        return
            string.concat(
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" font-family="monospace" fill="#f4f1e8">',
                '<rect width="400" height="400" rx="24" fill="',
                colour,
                '"/>',
                texts,
                '<rect x="40" y="266" width="320" height="14" rx="7" fill="#00000055"/><rect x="40" y="266" width="',
                filled,
                '" height="14" rx="7"/>',
                end
            );
    }
}
