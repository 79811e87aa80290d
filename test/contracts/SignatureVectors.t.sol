// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {EpochLedger} from "../../contracts/oracles/EpochLedger.sol";
import {NodeRegistry} from "../../contracts/nodes/NodeRegistry.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {CompactSignature, EpochReport} from "../../contracts/types/EpochReport.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// vectors/epochReports.json and vectors/associations.json: what oracles and nodes sign
// ├── given the contract lives where, and on the chain that, a vector says
// │   ├── the ledger's digest is the vector's, and the oracle set accepts the vector's signatures
// │   └── the node registry accepts the vector's consent, and refuses it for another deed
contract SignatureVectorsTest is ProtocolFixture {
    using Strings for uint256;

    function test_ReportsAreSignedAsTheVectorsSay() public {
        string memory json = vm.readFile("vectors/epochReports.json");
        uint256[] memory keys = vm.parseJsonUintArray(json, ".privateKeys");
        address[] memory signers = vm.parseJsonAddressArray(json, ".signers");
        for (uint256 i = 0; i < keys.length; ++i) _addOracle(keys[i], _operator("vector", i));
        vm.assertEq(oracleRegistry.oracles(), signers, "the signers are the set, ascending");
        uint256 count = 0;
        for (; vm.keyExistsJson(json, string.concat(".reports[", count.toString(), "]")); ++count) {
            _checkReport(json, string.concat(".reports[", count.toString(), "]"));
        }
        vm.assertGt(count, 1, "there are reports");
    }

    function test_AssociationsAreSignedAsTheVectorsSay() public {
        string memory json = vm.readFile("vectors/associations.json");
        uint256 count = 0;
        for (; vm.keyExistsJson(json, string.concat(".associations[", count.toString(), "]")); ++count) {
            _checkAssociation(json, string.concat(".associations[", count.toString(), "]"));
        }
        vm.assertGt(count, 1, "there are associations");
    }

    function _checkReport(string memory json, string memory key) private {
        address at = vm.parseJsonAddress(json, string.concat(key, ".ledger"));
        vm.etch(at, address(ledger).code);
        _useChain(vm.parseJsonUint(json, string.concat(key, ".chainId")));
        bytes32 digest = EpochLedger(at).digestOf(
            EpochReport({
                epoch: uint64(vm.parseJsonUint(json, string.concat(key, ".epoch"))),
                previousRoot: vm.parseJsonBytes32(json, string.concat(key, ".previousRoot")),
                root: vm.parseJsonBytes32(json, string.concat(key, ".root")),
                dataHash: vm.parseJsonBytes32(json, string.concat(key, ".dataHash")),
                leafCount: uint64(vm.parseJsonUint(json, string.concat(key, ".leafCount")))
            })
        );
        vm.assertEq(digest, vm.parseJsonBytes32(json, string.concat(key, ".digest")), "digest");
        bytes32[] memory rs = vm.parseJsonBytes32Array(json, string.concat(key, ".rs"));
        bytes32[] memory vss = vm.parseJsonBytes32Array(json, string.concat(key, ".vss"));
        CompactSignature[] memory signatures = new CompactSignature[](rs.length);
        for (uint256 i = 0; i < rs.length; ++i) signatures[i] = CompactSignature(rs[i], vss[i]);
        (uint256 bitmap, , ) = oracleRegistry.verify(digest, signatures);
        vm.assertEq(bitmap, (1 << rs.length) - 1, "all signed");
    }

    function _checkAssociation(string memory json, string memory key) private {
        NodeRegistry registry = NodeRegistry(vm.parseJsonAddress(json, string.concat(key, ".nodeRegistry")));
        DeedId deed = DeedId.wrap(uint256(vm.parseJsonBytes32(json, string.concat(key, ".deed"))));
        address node = vm.parseJsonAddress(json, string.concat(key, ".node"));
        address owner = vm.parseJsonAddress(json, string.concat(key, ".owner"));
        uint256 deadline = vm.parseJsonUint(json, string.concat(key, ".deadline"));
        bytes memory signature = _signature(json, key);
        vm.etch(address(registry), address(nodes).code);
        _useChain(vm.parseJsonUint(json, string.concat(key, ".chainId")));
        // Roles are granted from the fixture's start on, which is later than the vectors' deadlines.
        uint256 start = _now();
        _approve(owner);
        vm.warp(deadline);

        DeedId other = DeedId.wrap(DeedId.unwrap(deed) ^ 1);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_WrongNodeSignature.selector, node));
        vm.prank(owner);
        registry.associate(other, node, deadline, signature);

        // The consent is accepted: what refuses is the deed, which knows the registry under its real address.
        vm.expectRevert(_refusalOfTheDeed(registry));
        vm.prank(owner);
        registry.associate(deed, node, deadline, signature);
        vm.warp(start);
    }

    function _refusalOfTheDeed(NodeRegistry registry) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDeed.Deed_NotNodeRegistry.selector, address(registry));
    }

    function _signature(string memory json, string memory key) private pure returns (bytes memory) {
        bytes32 r = vm.parseJsonBytes32(json, string.concat(key, ".r"));
        uint256 vs = uint256(vm.parseJsonBytes32(json, string.concat(key, ".vs")));
        return abi.encodePacked(r, vs & (type(uint256).max >> 1), uint8((vs >> 255) + 27));
    }
}
