// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DeedId} from "../../contracts/types/DeedId.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";
import {Vm} from "../helpers/Vm.sol";

// How many times a claim mints
// ├── a batch mints once for neighbours with one payee, and not at all for nobody
// ├── a batch mints the last wei
// ├── the Genesis deed's claim mints once for each pool
// └── what is claimable after a claim is what is new
contract AvailabilityRewardsMintsTest is ProtocolFixture {
    bytes32 private constant TRANSFER = keccak256("Transfer(address,address,uint256)");

    address private alice;

    function setUp() public override {
        super.setUp();
        _addOracles(3);
        alice = _operator("alice", 0);
    }

    function test_OnceForNeighboursWithOnePayee() public {
        _buy(alice, 3);
        DeedId[] memory deeds = new DeedId[](3);
        uint256[] memory sums = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) {
            deeds[i] = _nd(i + 1);
            sums[i] = 255;
            _associate(deeds[i], _key("node", i));
        }
        bytes32[] memory tree = _commitLeaves(0, deeds, sums);
        uint256[] memory all = new uint256[](3);
        (all[1], all[2]) = (1, 2);
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(tree, all);
        vm.recordLogs();
        rewards.claimMany(0, deeds, sums, proof, flags);
        vm.assertEq(_mints(), 1, "one for the three");
        vm.recordLogs();
        vm.assertEq(rewards.claimMany(0, deeds, sums, proof, flags), 0, "nothing is left");
        vm.assertEq(_mints(), 0, "and nothing minted, to nobody");
    }

    function test_TheLastWei() public {
        DeedId[] memory deeds = new DeedId[](1);
        uint256[] memory sums = new uint256[](1);
        (deeds[0], sums[0]) = (_issueMaster(alice, 1), 677 * 255);
        _associate(deeds[0], _key("node", 0));
        _commitLeaves(899, deeds, sums);
        vm.assertEq(rewards.claimMany(899, deeds, sums, _noProof(), new bool[](0)), 1, "all that it mines");
        vm.assertEq(r1.balanceOf(alice), 1, "is minted");
    }

    function test_OnceForEachPool() public {
        DeedId genesis = _issueGenesis(alice);
        _associate(genesis, _key("node", 0));
        _commitLeaf(0, genesis, 255);
        vm.recordLogs();
        rewards.claim(genesis, 0, 255, _noProof());
        vm.assertEq(_mints(), 5, "five pools");
    }

    function test_WhatIsClaimableIsWhatIsNew() public {
        _buy(alice, 1);
        _associate(_nd(1), _key("node", 0));
        _earn(0, _nd(1), 100);
        _commitLeaf(1, _nd(1), 300);
        uint256 expected = nodeDeed.mintedAt(1, 300) - nodeDeed.mintedAt(1, 100);
        vm.assertEq(rewards.claimable(_nd(1), 1, 300), expected, "the difference");
        vm.assertEq(rewards.claim(_nd(1), 1, 300, _noProof()), expected, "and no more is paid");
    }

    /// @dev R1 transfers since the recording began.
    function _mints() private returns (uint256 count) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(r1) && logs[i].topics[0] == TRANSFER) ++count;
        }
    }
}
