// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {IAvailabilityRewards} from "../../contracts/interfaces/IAvailabilityRewards.sol";
import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// AvailabilityRewards.claimMany
// ├── given deeds of several owners and classes in one tree
// │   ├── when any of them are claimed with one multiproof: each gets what a single claim would pay
// │   ├── when some have nothing new, are banned, have a banned owner, or pass their bound: skipped with the reason, others paid
// │   ├── when one deed is in the batch twice: paid once
// │   └── when a deed, cumulative, sibling or flag is wrong: all is refused
// └── when empty, or of two lengths, or the epoch has no root: refused
contract AvailabilityRewardsClaimManyTest is ProtocolFixture {
    uint64 private constant AT = 300;

    address private alice;
    address private bob;
    DeedId[] private deeds;
    uint256[] private cumulatives;
    bytes32[] private tree;

    function setUp() public override {
        super.setUp();
        _addOracles(3);
        alice = _operator("alice", 0);
        bob = _operator("bob", 0);
        _buy(alice, 3);
        _buy(bob, 2);
        for (uint256 i = 1; i <= 5; ++i) _add(_nd(i), i * 1000);
        _add(_issueMaster(alice, 1_000_000 ether), 5555);
        _add(_issueMaster(bob, 3 ether), 19_635);
        _add(_issueGenesis(bob), 300);
        tree = _commitLeaves(AT, deeds, cumulatives);
    }

    function testFuzz_EachGetsWhatASingleClaimPays(uint256 mask) public {
        uint256[] memory chosen = _chosen(_between(mask, 1, 255));
        uint256[] memory expected = new uint256[](chosen.length);
        uint256 total = 0;
        for (uint256 i = 0; i < chosen.length; ++i) {
            expected[i] = rewards.claimable(deeds[chosen[i]], AT, cumulatives[chosen[i]]);
            vm.assertGt(expected[i], 0, "earned");
            total += expected[i];
        }
        uint256 minted = r1.totalMinted();
        uint256[2] memory before = [r1.balanceOf(alice), r1.balanceOf(bob)];
        vm.assertEq(_claimMany(chosen), total, "amount");
        vm.assertEq(r1.totalMinted() - minted, total, "minted");
        uint256[2] memory owed;
        for (uint256 i = 0; i < chosen.length; ++i) {
            vm.assertEq(_claimedOf(deeds[chosen[i]]), cumulatives[chosen[i]], "recorded");
            if (chosen[i] == 7) continue;
            owed[_ownerOf(deeds[chosen[i]]) == alice ? 0 : 1] += expected[i];
        }
        vm.assertEq(r1.balanceOf(alice) - before[0], owed[0], "alice");
        vm.assertEq(r1.balanceOf(bob) - before[1], owed[1], "bob");
    }

    function testFuzz_MustHold3_AMixOfSingleAndBatchClaimsPaysTheSame(uint256 first, uint256 second) public {
        uint256 minted = r1.totalMinted();
        uint256[] memory chosen = _chosen(_between(first, 1, 255));
        uint256 sum = 0;
        for (uint256 i = 0; i < chosen.length; ++i) sum += _claim(chosen[i]);
        sum += _claimMany(_chosen(_between(second, 1, 255)));
        sum += _claimMany(_chosen(255));
        uint256 expected = 0;
        for (uint256 i = 0; i < 8; ++i) {
            expected += _collection(deeds[i]).mintedAt(deeds[i].tokenId(), cumulatives[i]);
        }
        vm.assertEq(sum, expected, "all that was earned, once");
        vm.assertEq(r1.totalMinted() - minted, expected, "minted");
    }

    function test_OneDeedNeverStopsAnother() public {
        _claim(0);
        _banDeed(deeds[1]);
        _ban(bob);
        uint256 expected = rewards.claimable(deeds[2], AT, 3000) + rewards.claimable(deeds[5], AT, 5555);
        uint256 third = rewards.claimable(deeds[2], AT, 3000);
        _skips(deeds[0], IDeed.ClaimStatus.NothingNew);
        _skips(deeds[1], IDeed.ClaimStatus.Banned);
        vm.expectEmit(address(rewards));
        emit IAvailabilityRewards.Claimed(deeds[2], alice, AT, 3000, third);
        _skips(deeds[3], IDeed.ClaimStatus.Banned);
        _skips(deeds[4], IDeed.ClaimStatus.Banned);
        vm.assertEq(_claimMany(_chosen(255)), expected, "the others are paid");
        vm.assertEq(_claimedOf(deeds[1]) + _claimedOf(deeds[3]) + _claimedOf(deeds[7]), 0, "nothing lost");
        _unban(bob);
        _unbanDeed(deeds[1]);
        vm.assertGt(_claimMany(_chosen(255)), 0, "and paid later");
    }

    function test_MustHold4_SkipsWhatPassesItsBound() public {
        address carol = _operator("carol", 0);
        DeedId fresh = _nd(_buy(carol, 2));
        _associate(fresh, _key("carol", 1));
        DeedId[] memory both = new DeedId[](3);
        uint256[] memory values = new uint256[](3);
        (both[0], values[0]) = (deeds[0], 1500);
        // The epoch after the association at the earliest: one epoch too few for 256.
        (both[1], values[1]) = (fresh, 256);
        // Never associated: its bound is zero.
        (both[2], values[2]) = (_nd(fresh.tokenId() + 1), 1);
        bytes32[] memory forged = _commitLeaves(AT + 1, both, values);
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(forged, _chosen(7));
        _skips(fresh, IDeed.ClaimStatus.AboveBound);
        _skips(both[2], IDeed.ClaimStatus.AboveBound);
        uint256 amount = rewards.claimMany(AT + 1, both, values, proof, flags);
        vm.assertEq(amount, nodeDeed.mintedAt(1, 1500), "the honest one is paid");
        vm.assertEq(r1.balanceOf(carol), 0, "the others are not");
    }

    function test_ADeedInABatchTwiceIsPaidOnce() public {
        DeedId[] memory twice = new DeedId[](2);
        uint256[] memory values = new uint256[](2);
        (twice[0], twice[1]) = (deeds[0], deeds[0]);
        (values[0], values[1]) = (1200, 1200);
        bytes32[] memory forged = _commitLeaves(AT + 1, twice, values);
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(forged, _chosen(3));
        _skips(deeds[0], IDeed.ClaimStatus.NothingNew);
        vm.assertEq(rewards.claimMany(AT + 1, twice, values, proof, flags), nodeDeed.mintedAt(1, 1200), "once");
    }

    function test_RefusesAnyWrongPart() public {
        uint256[] memory chosen = _chosen(15);
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(tree, chosen);
        (DeedId[] memory which, uint256[] memory values) = _pick(chosen);
        values[2] += 1;
        _refuses(which, values, proof, flags);
        values[2] -= 1;
        which[0] = _nd(9);
        _refuses(which, values, proof, flags);
        which[0] = deeds[0];
        proof[0] = ~proof[0];
        _refuses(which, values, proof, flags);
        proof[0] = ~proof[0];
        flags[0] = !flags[0];
        vm.expectRevert();
        rewards.claimMany(AT, which, values, proof, flags);
        flags[0] = !flags[0];
        vm.expectRevert(MerkleProof.MerkleProofInvalidMultiproof.selector);
        rewards.claimMany(AT, which, values, proof, new bool[](0));
        vm.assertGt(rewards.claimMany(AT, which, values, proof, flags), 0, "as it was");
    }

    function test_RefusesNoneAndTwoLengths() public {
        vm.expectRevert(IAvailabilityRewards.AvailabilityRewards_ZeroCount.selector);
        rewards.claimMany(AT, new DeedId[](0), new uint256[](0), _noProof(), new bool[](0));
        vm.expectRevert(abi.encodeWithSelector(IAvailabilityRewards.AvailabilityRewards_LengthMismatch.selector, 2, 1));
        rewards.claimMany(AT, new DeedId[](2), new uint256[](1), _noProof(), new bool[](0));
        vm.expectRevert(abi.encodeWithSelector(IAvailabilityRewards.AvailabilityRewards_NoRoot.selector, AT - 1));
        rewards.claimMany(AT - 1, new DeedId[](1), new uint256[](1), _noProof(), new bool[](0));
    }

    function _add(DeedId deed, uint256 cumulative) private {
        _associate(deed, _key("node", deeds.length));
        deeds.push(deed);
        cumulatives.push(cumulative);
    }

    function _claim(uint256 index) private returns (uint256) {
        return rewards.claim(deeds[index], AT, cumulatives[index], MerkleTree.proof(tree, index));
    }

    function _claimMany(uint256[] memory chosen) private returns (uint256) {
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(tree, chosen);
        (DeedId[] memory which, uint256[] memory values) = _pick(chosen);
        return rewards.claimMany(AT, which, values, proof, flags);
    }

    function _pick(uint256[] memory chosen) private view returns (DeedId[] memory which, uint256[] memory values) {
        which = new DeedId[](chosen.length);
        values = new uint256[](chosen.length);
        for (uint256 i = 0; i < chosen.length; ++i) {
            (which[i], values[i]) = (deeds[chosen[i]], cumulatives[chosen[i]]);
        }
    }

    function _claimedOf(DeedId deed) private view returns (uint256) {
        return _collection(deed).recordOf(deed.tokenId()).claimed;
    }

    function _skips(DeedId deed, IDeed.ClaimStatus why) private {
        vm.expectEmit(address(rewards));
        emit IAvailabilityRewards.ClaimSkipped(deed, why);
    }

    function _refuses(
        DeedId[] memory which,
        uint256[] memory values,
        bytes32[] memory proof,
        bool[] memory flags
    ) private {
        vm.expectRevert(IAvailabilityRewards.AvailabilityRewards_InvalidProof.selector);
        rewards.claimMany(AT, which, values, proof, flags);
    }

    function _chosen(uint256 mask) private pure returns (uint256[] memory chosen) {
        uint256 size = 0;
        for (uint256 i = 0; i < 8; ++i) size += (mask >> i) & 1;
        chosen = new uint256[](size);
        for (uint256 i = 8; i > 0; --i) if ((mask >> (i - 1)) & 1 == 1) chosen[--size] = i - 1;
    }
}
