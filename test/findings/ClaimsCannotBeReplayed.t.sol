// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAvailabilityRewards} from "../../contracts/interfaces/IAvailabilityRewards.sol";
import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// Found elsewhere: anybody replays a claim to inflate a counter; a deed listed twice is paid twice; one entry with nothing new
// reverts its whole batch; only the last epoch can be claimed.
// ├── given a claim: sent again by anybody, singly or in a batch, it changes nothing
// ├── given a batch that holds a deed many times: paid once
// ├── given a batch where all but one have nothing new: that one is paid
// └── given roots of many epochs: any of them pays what is new in it, the total is the last one's
contract ClaimsCannotBeReplayedTest is ProtocolFixture {
    uint64 private constant AT = 20;

    address private alice;
    DeedId[] private deeds;
    uint256[] private cumulatives;
    bytes32[] private tree;

    function setUp() public override {
        super.setUp();
        _addOracles(3);
        alice = _operator("alice", 0);
        _buy(alice, 5);
        for (uint256 i = 1; i <= 5; ++i) {
            _associate(_nd(i), _key("node", i));
            deeds.push(_nd(i));
            cumulatives.push(i * 100);
        }
        tree = _commitLeaves(AT, deeds, cumulatives);
    }

    function testFuzz_AReplayChangesNothing(uint256 which, address anybody) public {
        which = which % 5;
        bytes32[] memory proof = MerkleTree.proof(tree, which);
        rewards.claim(deeds[which], AT, cumulatives[which], proof);
        bytes32 before = _everything();
        uint256 id = deeds[which].tokenId();
        uint256 claimed = cumulatives[which];
        vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_NothingNew.selector, id, claimed, claimed));
        vm.prank(anybody);
        rewards.claim(deeds[which], AT, claimed, proof);

        uint256[] memory one = new uint256[](1);
        one[0] = which;
        vm.expectEmit(address(rewards));
        emit IAvailabilityRewards.ClaimSkipped(deeds[which], IDeed.ClaimStatus.NothingNew);
        vm.assertEq(_claimMany(one, anybody), 0, "nothing");
        vm.assertEq(_everything(), before, "nothing changed");
    }

    function testFuzz_CopiesOfADeedArePaidOnce(uint256 copies, uint256 value) public {
        copies = _between(copies, 2, 20);
        value = _between(value, 501, 255 * AT);
        DeedId[] memory same = new DeedId[](copies);
        uint256[] memory values = new uint256[](copies);
        for (uint256 i = 0; i < copies; ++i) (same[i], values[i]) = (deeds[4], value);
        bytes32[] memory forged = _commitLeaves(AT + 1, same, values);
        uint256[] memory all = new uint256[](copies);
        for (uint256 i = 0; i < copies; ++i) all[i] = i;
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(forged, all);
        uint256 amount = rewards.claimMany(AT + 1, same, values, proof, flags);
        vm.assertEq(amount, nodeDeed.mintedAt(5, value), "once");
        vm.assertEq(r1.balanceOf(alice), amount, "and no wei more");
    }

    function testFuzz_NothingNewStopsNobody(uint256 late) public {
        late = late % 5;
        for (uint256 i = 0; i < 5; ++i) {
            if (i != late) rewards.claim(deeds[i], AT, cumulatives[i], MerkleTree.proof(tree, i));
        }
        uint256[] memory all = new uint256[](5);
        for (uint256 i = 0; i < 5; ++i) all[i] = i;
        vm.assertEq(_claimMany(all, alice), nodeDeed.mintedAt(late + 1, cumulatives[late]), "the late one's");
        for (uint256 i = 0; i < 5; ++i) {
            vm.assertEq(nodeDeed.recordOf(i + 1).claimed, cumulatives[i], "all have what they earned");
        }
    }

    function testFuzz_AnyEpochsRootPaysAndTheyAddUpToTheLast(uint256 order) public {
        _commitLeaf(AT + 1, deeds[0], 300);
        _commitLeaf(AT + 5, deeds[0], 700);
        uint256 paid = 0;
        if (order % 2 == 0) paid += rewards.claim(deeds[0], AT, 100, MerkleTree.proof(tree, 0));
        if (order % 3 != 0) paid += rewards.claim(deeds[0], AT + 1, 300, _noProof());
        paid += rewards.claim(deeds[0], AT + 5, 700, _noProof());
        vm.assertEq(paid, nodeDeed.mintedAt(1, 700), "one total");
        vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_NothingNew.selector, 1, 300, 700));
        rewards.claim(deeds[0], AT + 1, 300, _noProof());
    }

    function _claimMany(uint256[] memory chosen, address caller) private returns (uint256) {
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(tree, chosen);
        DeedId[] memory which = new DeedId[](chosen.length);
        uint256[] memory values = new uint256[](chosen.length);
        for (uint256 i = 0; i < chosen.length; ++i) {
            (which[i], values[i]) = (deeds[chosen[i]], cumulatives[chosen[i]]);
        }
        vm.prank(caller);
        return rewards.claimMany(AT, which, values, proof, flags);
    }

    /// @dev All a claim may change.
    function _everything() private view returns (bytes32) {
        IDeed.Record[] memory records = new IDeed.Record[](5);
        for (uint256 i = 0; i < 5; ++i) records[i] = nodeDeed.recordOf(i + 1);
        return keccak256(abi.encode(r1.totalMinted(), r1.totalBurned(), r1.balanceOf(alice), records));
    }
}
