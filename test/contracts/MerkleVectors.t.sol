// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {DeedId} from "../../contracts/types/DeedId.sol";
import {Leaf} from "../../contracts/types/Leaf.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";
import {TestBase} from "../helpers/TestBase.sol";

// vectors/leaves.json and vectors/trees.json, and the reference tree of these tests
// ├── availability and service leaves hash as the keepers hash them
// ├── given trees of 1 to 100 leaves: same root, same proofs, same multiproofs as the keepers', and they verify
// ├── given leaf files: the data hash, and the root over their entries
// └── given any tree, the reference's proofs and multiproofs of any leaves verify, and of another leaf do not
contract MerkleVectorsTest is TestBase {
    using Strings for uint256;

    function test_LeavesHashAsTheVectorsSay() public view {
        string memory json = vm.readFile("vectors/leaves.json");
        uint256[] memory kinds = vm.parseJsonUintArray(json, ".kinds");
        uint256[] memory ids = vm.parseJsonUintArray(json, ".ids");
        uint256[] memory cumulatives = vm.parseJsonUintArray(json, ".cumulatives");
        bytes32[] memory hashes = vm.parseJsonBytes32Array(json, ".hashes");
        uint256 availability = 0;
        for (uint256 i = 0; i < hashes.length; ++i) {
            vm.assertEq(_leaf(kinds[i], ids[i], cumulatives[i]), hashes[i], "leaf");
            if (kinds[i] != 1) continue;
            vm.assertEq(Leaf.availability(DeedId.wrap(ids[i]), cumulatives[i]), hashes[i], "availability leaf");
            ++availability;
        }
        vm.assertGt(availability, 5, "there are availability leaves");
    }

    function test_ServiceLeavesHashAsTheVectorsSay() public view {
        string memory json = vm.readFile("vectors/leaves.json");
        uint256[] memory jobs = vm.parseJsonUintArray(json, ".serviceJobs");
        uint256[] memory deeds = vm.parseJsonUintArray(json, ".serviceDeeds");
        uint256[] memory ids = vm.parseJsonUintArray(json, ".serviceIds");
        uint256[] memory cumulatives = vm.parseJsonUintArray(json, ".serviceCumulatives");
        bytes32[] memory hashes = vm.parseJsonBytes32Array(json, ".serviceHashes");
        vm.assertGt(hashes.length, 2, "there are service leaves");
        for (uint256 i = 0; i < hashes.length; ++i) {
            vm.assertEq(Leaf.service(jobs[i], DeedId.wrap(deeds[i]), cumulatives[i]), hashes[i], "service leaf");
            vm.assertEq(_leaf(2, ids[i], cumulatives[i]), hashes[i], "leaf of the service's id");
        }
    }

    function test_MustHold9_TreesAreAsTheVectorsSay() public view {
        string memory json = vm.readFile("vectors/trees.json");
        uint256[] memory sizes = vm.parseJsonUintArray(json, ".sizes");
        for (uint256 i = 0; i < sizes.length; ++i) {
            string memory key = string.concat(".n", sizes[i].toString());
            bytes32[] memory leaves = vm.parseJsonBytes32Array(json, string.concat(key, ".leaves"));
            vm.assertEq(leaves.length, sizes[i], "leaves");
            _checkLeaves(json, key, leaves);
            bytes32[] memory tree = MerkleTree.build(leaves);
            vm.assertEq(tree[0], vm.parseJsonBytes32(json, string.concat(key, ".root")), "root");
            _checkProofs(json, key, tree, leaves);
            _checkMultiproofs(json, string.concat(key, ".multiproofs["), tree);
        }
    }

    function test_LeafFilesAreAsTheVectorsSay() public view {
        string memory json = vm.readFile("vectors/leafFiles.json");
        uint256 filled = 0;
        for (uint256 i = 0; vm.keyExistsJson(json, string.concat(".files[", i.toString(), "]")); ++i) {
            string memory key = string.concat(".files[", i.toString(), "]");
            bytes memory encoded = vm.parseJsonBytes(json, string.concat(key, ".encoded"));
            vm.assertEq(keccak256(encoded), vm.parseJsonBytes32(json, string.concat(key, ".dataHash")), "data hash");
            if (vm.parseJsonUint(json, string.concat(key, ".leafCount")) == 0) continue;
            bytes32[] memory leaves = _leavesOf(json, key);
            vm.assertEq(
                MerkleTree.build(leaves)[0],
                vm.parseJsonBytes32(json, string.concat(key, ".root")),
                "root of the file"
            );
            ++filled;
        }
        vm.assertGt(filled, 1, "there are files with leaves");
    }

    function testFuzz_ReferenceProofsVerify(bytes32 seed, uint256 size, uint256 leaf) public pure {
        bytes32[] memory leaves = _someLeaves(seed, _between(size, 1, 64));
        leaf = _between(leaf, 0, leaves.length - 1);
        bytes32[] memory tree = MerkleTree.build(leaves);
        bytes32[] memory proof = MerkleTree.proof(tree, leaf);
        vm.assertTrue(MerkleProof.verify(proof, tree[0], leaves[leaf]), "its leaf");
        vm.assertFalse(MerkleProof.verify(proof, tree[0], keccak256("another")), "another leaf");
    }

    function testFuzz_ReferenceMultiproofsVerify(bytes32 seed, uint256 size, uint256 mask) public pure {
        bytes32[] memory leaves = _someLeaves(seed, _between(size, 1, 64));
        bytes32[] memory tree = MerkleTree.build(leaves);
        uint256[] memory chosen = _chosen(mask | (1 << (mask % leaves.length)), leaves.length);
        bytes32[] memory proven = new bytes32[](chosen.length);
        for (uint256 i = 0; i < chosen.length; ++i) proven[i] = leaves[chosen[i]];
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(tree, chosen);
        vm.assertEq(MerkleProof.processMultiProof(proof, flags, proven), tree[0], "root");
        proven[mask % proven.length] = keccak256("another");
        vm.assertTrue(MerkleProof.processMultiProof(proof, flags, proven) != tree[0], "another leaf");
    }

    function _checkLeaves(string memory json, string memory key, bytes32[] memory leaves) private pure {
        bytes32[] memory hashes = _leavesOf(json, key);
        for (uint256 i = 0; i < leaves.length; ++i) vm.assertEq(hashes[i], leaves[i], "leaf of the tree");
    }

    function _checkProofs(
        string memory json,
        string memory key,
        bytes32[] memory tree,
        bytes32[] memory leaves
    ) private pure {
        uint256[] memory indices = vm.parseJsonUintArray(json, string.concat(key, ".proofIndices"));
        vm.assertGt(indices.length, 0, "there are proofs");
        for (uint256 i = 0; i < indices.length; ++i) {
            string memory path = string.concat(key, ".proofs[", i.toString(), "]");
            bytes32[] memory proof = vm.parseJsonBytes32Array(json, path);
            bytes32[] memory expected = MerkleTree.proof(tree, indices[i]);
            vm.assertEq(keccak256(abi.encode(proof)), keccak256(abi.encode(expected)), "proof");
            vm.assertTrue(MerkleProof.verify(proof, tree[0], leaves[indices[i]]), "the proof verifies");
        }
    }

    function _checkMultiproofs(string memory json, string memory prefix, bytes32[] memory tree) private view {
        uint256 count = 0;
        for (; vm.keyExistsJson(json, string.concat(prefix, count.toString(), "]")); ++count) {
            string memory key = string.concat(prefix, count.toString(), "]");
            bytes32[] memory proof = vm.parseJsonBytes32Array(json, string.concat(key, ".proof"));
            bool[] memory flags = vm.parseJsonBoolArray(json, string.concat(key, ".proofFlags"));
            uint256[] memory indices = vm.parseJsonUintArray(json, string.concat(key, ".indices"));
            (bytes32[] memory siblings, bool[] memory expected) = MerkleTree.multiproof(tree, indices);
            vm.assertEq(keccak256(abi.encode(proof)), keccak256(abi.encode(siblings)), "multiproof");
            vm.assertEq(keccak256(abi.encode(flags)), keccak256(abi.encode(expected)), "flags");
            bytes32[] memory leaves = vm.parseJsonBytes32Array(json, string.concat(key, ".leaves"));
            vm.assertEq(MerkleProof.processMultiProof(proof, flags, leaves), tree[0], "the multiproof verifies");
        }
        vm.assertGt(count, 0, "there are multiproofs");
    }

    function _leavesOf(string memory json, string memory key) private pure returns (bytes32[] memory leaves) {
        uint256[] memory kinds = vm.parseJsonUintArray(json, string.concat(key, ".kinds"));
        uint256[] memory ids = vm.parseJsonUintArray(json, string.concat(key, ".ids"));
        uint256[] memory cumulatives = vm.parseJsonUintArray(json, string.concat(key, ".cumulatives"));
        leaves = new bytes32[](kinds.length);
        for (uint256 i = 0; i < kinds.length; ++i) leaves[i] = _leaf(kinds[i], ids[i], cumulatives[i]);
    }

    function _leaf(uint256 kind, uint256 id, uint256 cumulative) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(kind, id, cumulative))));
    }

    function _someLeaves(bytes32 seed, uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = keccak256(abi.encode(seed, i));
    }

    function _chosen(uint256 mask, uint256 count) private pure returns (uint256[] memory chosen) {
        uint256 size = 0;
        for (uint256 i = 0; i < count; ++i) size += (mask >> i) & 1;
        chosen = new uint256[](size);
        for (uint256 i = count; i > 0; --i) if ((mask >> (i - 1)) & 1 == 1) chosen[--size] = i - 1;
    }
}
