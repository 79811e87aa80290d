// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IOracleRegistry} from "../../contracts/interfaces/IOracleRegistry.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {CompactSignature, EpochReport} from "../../contracts/types/EpochReport.sol";
import {LeafKind} from "../../contracts/types/Leaf.sol";
import {MerkleTree} from "./MerkleTree.sol";
import {ProtocolFixture} from "./ProtocolFixture.sol";
import {Vm} from "./Vm.sol";

/// @title DisputeFixture
/// @notice Steps of a dispute: a tree that some oracles sign, the pair of leaves that shows it wrong, a challenge and its answer.
abstract contract DisputeFixture is ProtocolFixture {
    /// @dev The arguments of `disprove`.
    struct Pair {
        LeafKind kind;
        uint256 id;
        uint256 before;
        bytes32[] proofBefore;
        uint256 later;
        bytes32[] proofAfter;
    }

    bytes32 internal constant ANSWER_TYPE = keccak256("Answer(address oracle,uint64 deadline)");

    // ---------------------------------------------------------------- trees

    /// @dev Nodes of a tree of availability leaves for Node Deeds 1, 2, 3….
    function _treeOf(uint256[] memory cumulatives) internal pure returns (bytes32[] memory) {
        DeedId[] memory deeds = new DeedId[](cumulatives.length);
        for (uint256 i = 0; i < deeds.length; ++i) deeds[i] = _nd(i + 1);
        return _treeOver(deeds, cumulatives);
    }

    function _values(uint256 a, uint256 b, uint256 c) internal pure returns (uint256[] memory values) {
        values = new uint256[](3);
        (values[0], values[1], values[2]) = (a, b, c);
    }

    /// @dev Node Deed `number`, as the two trees have it.
    function _pair(
        uint256 number,
        uint256 before,
        bytes32[] memory treeBefore,
        uint256 later,
        bytes32[] memory treeAfter
    ) internal pure returns (Pair memory pair) {
        pair = _alone(number, later, treeAfter);
        (pair.before, pair.proofBefore) = (before, MerkleTree.proof(treeBefore, number - 1));
    }

    /// @dev Node Deed `number`, with nothing before.
    function _alone(uint256 number, uint256 later, bytes32[] memory tree) internal pure returns (Pair memory) {
        bytes32[] memory proof = MerkleTree.proof(tree, number - 1);
        return Pair(LeafKind.Availability, _idOf(number), 0, new bytes32[](0), later, proof);
    }

    function _idOf(uint256 number) internal pure returns (uint256) {
        return DeedId.unwrap(_nd(number));
    }

    function _disprove(Pair memory pair) internal {
        ledger.disprove(pair.kind, pair.id, pair.before, pair.proofBefore, pair.later, pair.proofAfter);
    }

    // ---------------------------------------------------------------- signers

    /// @dev Commits like `_propose`, signed by the oracles whose bits are set.
    function _proposeBy(uint64 epoch, bytes32 root, uint256 mask) internal {
        _waitForActivation();
        if (_now() < ledger.epochEnd(epoch)) vm.warp(ledger.epochEnd(epoch));
        EpochReport memory report = _report(epoch, root);
        ledger.commit(report, _signedBy(report, mask));
    }

    function _signedBy(
        EpochReport memory report,
        uint256 mask
    ) internal view returns (CompactSignature[] memory signatures) {
        bytes32 digest = ledger.digestOf(report);
        uint256 count = 0;
        for (uint256 i = 0; i < oracleKeys.length; ++i) count += (mask >> i) & 1;
        signatures = new CompactSignature[](count);
        for (uint256 i = oracleKeys.length; i > 0; --i) {
            if ((mask >> (i - 1)) & 1 == 1) signatures[--count] = _compact(oracleKeys[i - 1], digest);
        }
    }

    function _oracle(uint256 index) internal view returns (address) {
        return vm.addr(oracleKeys[index]);
    }

    /// @dev Each oracle's removal in turn, and no others, told for that reason with the set as it is now.
    function _requireRemovals(
        Vm.Log[] memory logs,
        address[] memory gone,
        address[] memory owners,
        IOracleRegistry.Removal why
    ) internal view {
        uint256 found = 0;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != IOracleRegistry.OracleRemoved.selector) continue;
            vm.assertTrue(found < gone.length, "no more removals than expected");
            vm.assertEq(address(uint160(uint256(logs[i].topics[1]))), gone[found], "who left");
            vm.assertEq(address(uint160(uint256(logs[i].topics[2]))), owners[found], "whose it was");
            (IOracleRegistry.Removal reason, address pointer) = abi.decode(
                logs[i].data,
                (IOracleRegistry.Removal, address)
            );
            vm.assertEq(uint256(reason), uint256(why), "why");
            _requireCurrentSet(pointer);
            ++found;
        }
        vm.assertEq(found, gone.length, "all of them");
    }

    /// @dev `pointer` holds exactly the oracles that there are, and nobody who left is one.
    function _requireCurrentSet(address pointer) internal view {
        address[] memory set = oracleRegistry.oracles();
        bytes memory packed = hex"00";
        for (uint256 i = 0; i < set.length; ++i) {
            packed = bytes.concat(packed, bytes20(set[i]));
            vm.assertTrue(oracleRegistry.isOracle(set[i]), "a member is an oracle");
            if (i > 0) vm.assertTrue(set[i - 1] < set[i], "ascending");
        }
        vm.assertEq(keccak256(pointer.code), keccak256(packed), "the new set");
    }

    /// @dev No trace of an oracle.
    function _requireGone(address oracle) internal view {
        vm.assertFalse(oracleRegistry.isOracle(oracle), "no oracle");
        vm.assertEq(oracleRegistry.ownerOf(oracle), address(0), "no owner");
        (uint64 deadline, uint64 next) = oracleRegistry.challengeOf(oracle);
        vm.assertEq(deadline, 0, "no challenge");
        vm.assertEq(next, 0, "no cooldown");
        address[] memory set = oracleRegistry.oracles();
        for (uint256 i = 0; i < set.length; ++i) vm.assertTrue(set[i] != oracle, "not in the set");
    }

    // ---------------------------------------------------------------- challenges

    /// @dev The oracle's answer to the challenge that ends at `deadline`.
    function _answer(uint256 key, uint256 deadline) internal view returns (CompactSignature memory) {
        return _compact(key, _answerDigest(vm.addr(key), deadline));
    }

    function _answerDigest(address oracle, uint256 deadline) internal view returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(ANSWER_TYPE, oracle, deadline));
        return _typedDigest("OracleRegistry", address(oracleRegistry), structHash);
    }
}
