// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {Supply} from "../../contracts/libraries/Supply.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// A quorum of corrupt oracles signs any root they like
// ├── a deed never mints above minted(255 × epochs since its first association, class start considered)
// ├── nor above its allocation; a deed without node, or that does not exist, mints nothing
// ├── a lower cumulative takes nothing back, and a later one pays from what was claimed
// └── one epoch's lie is bounded by that epoch, however late the root is committed or claimed
contract CorruptQuorumTest is ProtocolFixture {
    address private alice;

    function setUp() public override {
        super.setUp();
        _addOracles(3);
        alice = _operator("alice", 0);
    }

    function testFuzz_MustHold4_NoRootMintsAboveTheBound(
        uint256 associatedIn,
        uint256 reported,
        uint256 cumulative,
        uint256 kind
    ) public {
        DeedId deed = _someDeed(kind % 3);
        associatedIn = _between(associatedIn, 0, 1200);
        reported = _between(reported, 0, 2500);
        vm.warp(GENESIS + associatedIn * EPOCH);
        _associate(deed, _key("node", 0));
        IDeed collection = _collection(deed);
        uint256 first = associatedIn < collection.CLASS_START() ? collection.CLASS_START() : associatedIn;
        uint256 bound = reported < first ? 0 : 255 * (reported + 1 - first);
        vm.assertEq(collection.boundOf(deed.tokenId(), uint64(reported)), bound, "bound");
        cumulative = _between(cumulative, 1, 2 * bound + 1);
        _commitLeaf(uint64(reported), deed, cumulative);
        uint256 minted = r1.totalMinted();
        if (cumulative > bound) {
            vm.assertEq(rewards.claimable(deed, uint64(reported), cumulative), 0, "claimable");
            vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_AboveBound.selector, deed.tokenId(), cumulative, bound));
            rewards.claim(deed, uint64(reported), cumulative, _noProof());
            vm.assertEq(r1.totalMinted(), minted, "nothing minted");
        } else {
            uint256 amount = rewards.claim(deed, uint64(reported), cumulative, _noProof());
            vm.assertEq(r1.totalMinted() - minted, amount, "minted");
            vm.assertLe(amount, collection.mintedAt(deed.tokenId(), bound), "within the bound");
            vm.assertLe(amount, collection.allocationOf(deed.tokenId()), "within the allocation");
        }
    }

    function testFuzz_MustHold4_EnormousValuesMintNothing(uint256 cumulative, uint64 epoch) public {
        DeedId deed = _someDeed(0);
        _associate(deed, _key("node", 0));
        epoch = uint64(_between(epoch, 0, 1 << 40));
        uint256 bound = 255 * (uint256(epoch) + 1);
        cumulative = _between(cumulative, bound + 1, type(uint256).max);
        _commitLeaf(epoch, deed, cumulative);
        vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_AboveBound.selector, 1, cumulative, bound));
        rewards.claim(deed, epoch, cumulative, _noProof());
    }

    function testFuzz_MustHold4_ADeedWithoutNodeMintsNothing(uint256 cumulative, uint256 kind, bool exists) public {
        DeedId deed = _someDeed(kind % 3);
        if (!exists) deed = DeedId.wrap(DeedId.unwrap(deed) + 1);
        cumulative = _between(cumulative, 1, type(uint256).max);
        _commitLeaf(1000, deed, cumulative);
        vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_AboveBound.selector, deed.tokenId(), cumulative, 0));
        rewards.claim(deed, 1000, cumulative, _noProof());
    }

    function testFuzz_MustHold4_SawtoothRootsMintNoMoreThanTheirPeak(uint256[8] memory values) public {
        DeedId deed = _someDeed(0);
        _associate(deed, _key("node", 0));
        uint256 peak = 0;
        uint256 sum = 0;
        for (uint64 epoch = 0; epoch < 8; ++epoch) {
            uint256 value = _between(values[epoch], 1, 255 * 8);
            _commitLeaf(epoch, deed, value);
            bool pays = value > peak && value <= 255 * (uint256(epoch) + 1);
            try rewards.claim(deed, epoch, value, _noProof()) returns (uint256 amount) {
                vm.assertTrue(pays, "paid only what is new and within the bound");
                sum += amount;
                peak = value;
            } catch {
                vm.assertFalse(pays, "and always that");
            }
        }
        vm.assertEq(sum, nodeDeed.mintedAt(1, peak), "the peak, once");
    }

    /// @dev Selling or re-associating a deed does not open its past again.
    function testFuzz_MustHold4_ReassociationDoesNotMoveTheBound(uint256 wait) public {
        DeedId deed = _someDeed(0);
        vm.warp(GENESIS + 10 * EPOCH);
        _associate(deed, _key("node", 0));
        vm.warp(_now() + _between(wait, DELAY, 100 * EPOCH));
        _associate(deed, _key("node", 1));
        vm.assertEq(nodeDeed.boundOf(1, 200), 255 * 191, "from the first association");
    }

    function test_MustHold1_EveryDeedInFullStaysWithinTheCap() public pure {
        uint256 all = 46_224 * Supply.NODE_DEED_ALLOCATION + Supply.MASTER_ALLOCATION + Supply.GENESIS_ALLOCATION;
        vm.assertLe(all, Supply.CAP, "all classes together");
    }

    function _someDeed(uint256 kind) private returns (DeedId) {
        if (kind == 0) return _nd(_buy(alice, 1));
        return kind == 1 ? _issueMaster(alice, Supply.MASTER_DEED_MAX_ALLOCATION) : _issueGenesis(alice);
    }
}
