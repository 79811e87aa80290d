// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IOracleRegistry} from "../../contracts/interfaces/IOracleRegistry.sol";
import {OracleSet} from "../../contracts/libraries/OracleSet.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {CompactSignature} from "../../contracts/types/EpochReport.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// OracleRegistry: the set
// ├── addOracle: active nodes, one an owner, at most 64; the set ascends; quorum max(⌊2n/3⌋ + 1, 3)
// ├── removeOracle: the oracle goes, its owner may have another
// ├── eject, by anybody: given a lapsed approval, a ban, a dissociated, moved or sold deed; else refused
// └── the set as data: 20 bytes each after one zero byte, kept for ever
contract OracleRegistryTest is ProtocolFixture {
    using OracleSet for bytes;

    function testFuzz_TheQuorumIsTwoThirdsAndAtLeastThree(uint256 count) public {
        count = _between(count, 0, 24);
        _addOracles(count);
        address[] memory set = oracleRegistry.oracles();
        vm.assertEq(set.length, count, "size");
        for (uint256 i = 1; i < count; ++i) vm.assertTrue(set[i - 1] < set[i], "ascending");
        uint256 quorum = oracleRegistry.quorum();
        if (count < 4) vm.assertEq(quorum, 3, "at least three");
        else vm.assertTrue(3 * quorum > 2 * count && 3 * (quorum - 1) <= 2 * count, "just above two thirds");
    }

    function test_AddsAnOracle() public {
        (address owner, , uint256 key) = _operatorWithNode("alice");
        address node = vm.addr(key);
        vm.assertFalse(oracleRegistry.isOracle(node), "not yet");
        oracleRegistry.addOracle(node);
        vm.assertTrue(oracleRegistry.isOracle(node), "oracle");
        vm.assertTrue(oracleRegistry.isEligible(node), "eligible");
        vm.assertEq(oracleRegistry.ownerOf(node), owner, "owner");
        vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_AlreadyOracle.selector, node));
        oracleRegistry.addOracle(node);
    }

    function testFuzz_MustHold8_RefusesASecondOracleOfOneOwner(uint256 others) public {
        _addOracles(_between(others, 0, 5));
        (address owner, , uint256 key) = _operatorWithNode("alice");
        oracleRegistry.addOracle(vm.addr(key));
        DeedId second = _nd(_buy(owner, 1));
        address node = _associate(second, _key("alice", 2));
        bytes memory refusal = abi.encodeWithSelector(
            IOracleRegistry.OracleRegistry_OwnerHasOracle.selector,
            owner,
            vm.addr(key)
        );
        vm.expectRevert(refusal);
        oracleRegistry.addOracle(node);
        oracleRegistry.removeOracle(vm.addr(key));
        oracleRegistry.addOracle(node);
        vm.assertEq(oracleRegistry.ownerOf(node), owner, "another, once the first is gone");
    }

    function test_RefusesANodeThatIsNotActive() public {
        (address owner, , uint256 key) = _operatorWithNode("alice");
        address node = vm.addr(key);
        bytes memory refusal = abi.encodeWithSelector(IOracleRegistry.OracleRegistry_NodeNotActive.selector, node);
        _ban(owner);
        vm.expectRevert(refusal);
        oracleRegistry.addOracle(node);
        vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_NodeNotActive.selector, address(9)));
        oracleRegistry.addOracle(address(9));
    }

    function test_RefusesMoreThanSixtyFour() public {
        _addOracles(64);
        vm.assertEq(oracleRegistry.quorum(), 43, "quorum");
        (, , uint256 key) = _operatorWithNode("alice");
        vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_SetFull.selector, 64));
        oracleRegistry.addOracle(vm.addr(key));
    }

    function test_RemovesAnOracle() public {
        _addOracles(4);
        address oracle = vm.addr(oracleKeys[2]);
        oracleRegistry.removeOracle(oracle);
        vm.assertFalse(oracleRegistry.isOracle(oracle), "oracle");
        vm.assertEq(oracleRegistry.ownerOf(oracle), address(0), "owner");
        vm.assertEq(oracleRegistry.oracles().length, 3, "size");
        bytes memory refusal = abi.encodeWithSelector(IOracleRegistry.OracleRegistry_NotOracle.selector, oracle);
        vm.expectRevert(refusal);
        oracleRegistry.removeOracle(oracle);
        vm.expectRevert(refusal);
        oracleRegistry.eject(oracle);
        vm.expectRevert(refusal);
        oracleRegistry.isEligible(oracle);
    }

    function test_AnybodyEjectsTheLapsed() public {
        (address owner, DeedId deed, uint256 key) = _operatorWithNode("alice");
        address node = vm.addr(key);
        oracleRegistry.addOracle(node);
        vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_StillEligible.selector, node));
        oracleRegistry.eject(node);

        _banDeed(deed);
        vm.assertFalse(oracleRegistry.isEligible(node), "banned deed");
        _unbanDeed(deed);
        vm.warp(operators.operatorOf(owner).approvedUntil);
        vm.assertFalse(oracleRegistry.isEligible(node), "lapsed approval");
        vm.prank(vm.addr(_key("anybody", 0)));
        oracleRegistry.eject(node);
        vm.assertFalse(oracleRegistry.isOracle(node), "ejected");
    }

    function test_AnybodyEjectsAnOracleWhoseDeedWasSold() public {
        (address owner, DeedId deed, uint256 key) = _operatorWithNode("alice");
        address node = vm.addr(key);
        oracleRegistry.addOracle(node);
        address buyer = _operator("buyer", 0);
        vm.prank(owner);
        nodeDeed.transferFrom(owner, buyer, deed.tokenId());
        vm.warp(_now() + DELAY);
        // The same node under its new owner is not the oracle that governance added.
        _associate(deed, key);
        vm.assertFalse(oracleRegistry.isEligible(node), "another owner");
        oracleRegistry.eject(node);
        vm.assertFalse(oracleRegistry.isOracle(node), "ejected");
    }

    function test_SetsAreKeptForEver() public {
        _addOracles(3);
        (, address pointer, ) = oracleRegistry.verify(keccak256("any"), _signAll(keccak256("any")));
        bytes memory code = pointer.code;
        vm.assertEq(code.length, 61, "20 bytes each after one zero byte");
        vm.assertEq(uint256(uint8(code[0])), 0, "zero byte");
        address[] memory set = oracleRegistry.oracles();
        bytes memory packed = abi.encodePacked(hex"00", set[0], set[1], set[2]);
        vm.assertEq(keccak256(code), keccak256(packed), "the set");
        oracleRegistry.removeOracle(set[0]);
        vm.assertEq(keccak256(pointer.code), keccak256(packed), "after a change");
    }

    function testFuzz_MustHold8_ThePackedSetBehavesAsASet(uint256 seed) public pure {
        bytes memory set;
        address[] memory members = new address[](12);
        for (uint256 i = 0; i < 12; ++i) {
            members[i] = vm.addr(
                _key("member", _between(uint256(keccak256(abi.encode(seed, i))), i * 100, i * 100 + 99))
            );
            set = set.insert(members[i]);
        }
        for (uint256 i = 0; i < 12; ++i) {
            uint256 position = set.find(members[i], 0);
            vm.assertEq(set.at(position), members[i], "found");
            vm.assertEq(set.find(members[i], position + 1), set.size(), "not behind itself");
            if (i > 0) vm.assertTrue(set.at(i - 1) < set.at(i), "ascending");
        }
        set = set.remove(members[seed % 12]);
        vm.assertEq(set.size(), 11, "removed");
        vm.assertEq(set.find(members[seed % 12], 0), 11, "not found");
    }

    function _signAll(bytes32 digest) private view returns (CompactSignature[] memory signatures) {
        signatures = new CompactSignature[](oracleKeys.length);
        for (uint256 i = 0; i < oracleKeys.length; ++i) signatures[i] = _compact(oracleKeys[i], digest);
    }
}
