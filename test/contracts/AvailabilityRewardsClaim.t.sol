// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAvailabilityRewards} from "../../contracts/interfaces/IAvailabilityRewards.sol";
import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {Supply} from "../../contracts/libraries/Supply.sol";
import {AvailabilityRewards} from "../../contracts/rewards/AvailabilityRewards.sol";
import {DeedId, DeedIdLib} from "../../contracts/types/DeedId.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// AvailabilityRewards.claim, one deed
// ├── given a committed root
// │   ├── when anybody claims: R1 goes to the owner, or to the payee the owner set; the Genesis deed's to the pools, to the wei
// │   ├── when claimed in steps or at once: the same total, whatever the class
// │   ├── when claimed for full credit: the allocation to the wei
// │   ├── when the proof is of another deed, cumulative, kind, epoch, length, or the root itself: refused
// │   ├── when there is nothing new: refused
// │   └── when the deed or its owner is banned: refused, and claimable again afterwards
// ├── given an epoch without root: refused
// ├── given everything is paused: it works
// └── claimable says what claim pays, zero when it would not
contract AvailabilityRewardsClaimTest is ProtocolFixture {
    address private alice;
    DeedId private deed;

    function setUp() public override {
        super.setUp();
        _addOracles(3);
        (alice, deed, ) = _operatorWithNode("alice");
    }

    function testFuzz_AnybodyClaimsForTheOwner(uint256 cumulative, address caller) public {
        cumulative = _between(cumulative, 1, 255);
        _commitLeaf(0, deed, cumulative);
        uint256 expected = (Supply.NODE_DEED_ALLOCATION * cumulative) / (255 * 1080);
        vm.assertEq(rewards.claimable(deed, 0, cumulative), expected, "claimable");
        vm.expectEmit(address(rewards));
        emit IAvailabilityRewards.Claimed(deed, alice, 0, cumulative, expected);
        vm.prank(caller);
        uint256 amount = rewards.claim(deed, 0, cumulative, _noProof());
        vm.assertEq(amount, expected, "amount");
        vm.assertEq(r1.balanceOf(alice), expected, "paid");
        vm.assertEq(nodeDeed.recordOf(deed.tokenId()).claimed, cumulative, "recorded");
    }

    function test_PaysThePayeeTheOwnerSet() public {
        address payee = vm.addr(_key("payee", 0));
        vm.prank(alice);
        operators.setPayee(payee);
        uint256 amount = _earn(0, deed, 255);
        vm.assertEq(r1.balanceOf(payee), amount, "paid");
        vm.assertEq(r1.balanceOf(alice), 0, "not the owner");
    }

    function testFuzz_MustHold3_StepsPayWhatOneClaimPays(uint256[6] memory steps) public {
        DeedId twin = _nd(_buy(alice, 1));
        _associate(twin, _key("twin", 0));
        _stepsEqualOne(deed, twin, steps, 0);
    }

    function testFuzz_MustHold3_StepsPayWhatOneClaimPaysForMasters(uint256[6] memory steps, uint256 part) public {
        uint256 allocation = _between(part, 1, Supply.MASTER_DEED_MAX_ALLOCATION);
        DeedId one = _issueMaster(alice, allocation);
        DeedId twin = _issueMaster(alice, allocation);
        _associate(one, _key("master", 0));
        _associate(twin, _key("master", 1));
        _stepsEqualOne(one, twin, steps, MASTER_START);
    }

    function test_MustHold2_FullCreditPaysTheAllocationToTheWei() public {
        DeedId master = _issueMaster(alice, 1_234_567 ether + 89);
        DeedId genesis = _issueGenesis(alice);
        _associate(master, _key("master", 0));
        _associate(genesis, _key("genesis", 0));
        uint64 last = 1079;
        DeedId[3] memory deeds = [deed, master, genesis];
        uint16[3] memory durations = [uint16(1080), 677, 365];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 allocation = _collection(deeds[i]).allocationOf(deeds[i].tokenId());
            vm.assertEq(_earn(last++, deeds[i], uint256(durations[i]) * 255), allocation, "to the wei");
        }
        vm.assertEq(_collection(deed).allocationOf(1), 1_575.188843457943925233 ether, "a Node Deed's share");
        // More availability mints nothing more.
        vm.assertEq(_earn(last, deed, 1081 * 255), 0, "over");
    }

    function testFuzz_TheGenesisDeedPaysThePools(uint256 cumulative) public {
        cumulative = _between(cumulative, 1, 255);
        DeedId genesis = _issueGenesis(alice);
        _associate(genesis, _key("genesis", 0));
        uint256 sold = r1.balanceOf(address(pools[0]));
        uint256 soldToo = r1.balanceOf(address(pools[1]));
        _commitLeaf(0, genesis, cumulative);
        uint256 expected = (((161_803_398 ether * 289) / 1000) * cumulative) / (255 * 365);
        vm.expectEmit(address(rewards));
        emit IAvailabilityRewards.Claimed(genesis, address(0), 0, cumulative, expected);
        vm.assertEq(rewards.claim(genesis, 0, cumulative, _noProof()), expected, "amount");
        uint256 sum = 0;
        uint16[5] memory shares = [uint16(2671), 1384, 754, 3460, 1731];
        for (uint256 i = 0; i < 5; ++i) {
            uint256 got =
                r1.balanceOf(address(pools[i])) -
                    (
                        i == 0
                            ? sold
                            : i == 1
                                ? soldToo
                                : 0
                    );
            if (i < 4) vm.assertEq(got, (expected * shares[i]) / 10_000, "share");
            sum += got;
        }
        vm.assertEq(sum, expected, "to the wei");
        vm.assertEq(r1.balanceOf(alice), 0, "nothing to its owner");
    }

    function test_RefusesProofsOfAnythingElse() public {
        DeedId other = _nd(_buy(alice, 1));
        _associate(other, _key("other", 0));
        bytes32[] memory leaves = new bytes32[](3);
        leaves[0] = _leaf(1, DeedId.unwrap(deed), 100);
        leaves[1] = _leaf(1, DeedId.unwrap(other), 200);
        leaves[2] = _leaf(2, DeedId.unwrap(deed), 250);
        bytes32[] memory tree = MerkleTree.build(leaves);
        _commit(0, tree[0]);
        bytes32[] memory proof = MerkleTree.proof(tree, 0);
        _refuses(other, 0, 100, proof);
        _refuses(deed, 0, 101, proof);
        _refuses(deed, 0, 200, MerkleTree.proof(tree, 1));
        _refuses(deed, 0, 250, MerkleTree.proof(tree, 2));
        _refuses(deed, 0, 100, _noProof());
        bytes32[] memory longer = new bytes32[](proof.length + 1);
        for (uint256 i = 0; i < proof.length; ++i) longer[i] = proof[i];
        _refuses(deed, 0, 100, longer);
        bytes32[] memory shorter = new bytes32[](proof.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) shorter[i] = proof[i];
        _refuses(deed, 0, 100, shorter);

        _commit(1, keccak256("another tree"));
        _refuses(deed, 1, 100, proof);
        rewards.claim(deed, 0, 100, proof);
    }

    function testFuzz_RefusesAnEpochWithoutRoot(uint64 epoch) public {
        vm.assume(epoch != 3);
        _commitLeaf(3, deed, 100);
        vm.expectRevert(abi.encodeWithSelector(IAvailabilityRewards.AvailabilityRewards_NoRoot.selector, epoch));
        rewards.claim(deed, epoch, 100, _noProof());
    }

    function testFuzz_RefusesWhatWasClaimed(uint256 first, uint256 second) public {
        first = _between(first, 1, 255);
        second = _between(second, 0, first);
        _earn(0, deed, first);
        _commitLeaf(1, deed, second);
        vm.assertEq(rewards.claimable(deed, 1, second), 0, "claimable");
        vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_NothingNew.selector, deed.tokenId(), second, first));
        rewards.claim(deed, 1, second, _noProof());
        // An older root is as good as its cumulative.
        vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_NothingNew.selector, deed.tokenId(), first, first));
        rewards.claim(deed, 0, first, _noProof());
    }

    function test_RefusesTheBannedAndPaysThemAfterwards() public {
        _commitLeaf(0, deed, 255);
        _banDeed(deed);
        vm.assertEq(rewards.claimable(deed, 0, 255), 0, "claimable");
        vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_Banned.selector, deed.tokenId()));
        rewards.claim(deed, 0, 255, _noProof());
        _unbanDeed(deed);
        _ban(alice);
        vm.assertEq(rewards.claimable(deed, 0, 255), 0, "claimable");
        vm.expectRevert(
            abi.encodeWithSelector(IAvailabilityRewards.AvailabilityRewards_OwnerBanned.selector, deed, alice)
        );
        rewards.claim(deed, 0, 255, _noProof());
        _unban(alice);
        vm.assertGt(rewards.claim(deed, 0, 255, _noProof()), 0, "nothing was lost");
    }

    function test_PaysAnOwnerWhoseApprovalLapsed() public {
        _commitLeaf(0, deed, 255);
        vm.prank(compliance);
        operators.revoke(alice);
        vm.assertGt(rewards.claim(deed, 0, 255, _noProof()), 0, "what was earned stays claimable");
    }

    function test_PaysWhileEverythingIsPaused() public {
        _commitLeaf(0, deed, 255);
        vm.startPrank(guardian);
        sale.pause();
        nodes.pause();
        ledger.pause();
        vm.stopPrank();
        vm.assertGt(rewards.claim(deed, 0, 255, _noProof()), 0, "paid");
    }

    function test_RefusesClassesThatDoNotExist() public {
        uint256[3] memory raw = [uint256(0), 1, (4 << 248) | 1];
        for (uint256 i = 0; i < 3; ++i) {
            DeedId none = DeedId.wrap(raw[i]);
            _commitLeaf(uint64(i), none, 1);
            vm.expectRevert(abi.encodeWithSelector(DeedIdLib.DeedId_Invalid.selector, raw[i]));
            rewards.claim(none, uint64(i), 1, _noProof());
        }
    }

    function test_PoolSharesAreWhole() public {
        IAvailabilityRewards.Pool[] memory shares = _poolShares();
        AvailabilityRewards.Wiring memory wiring;
        shares[0].share += 1;
        vm.expectRevert(
            abi.encodeWithSelector(IAvailabilityRewards.AvailabilityRewards_SharesNotWhole.selector, 10_001)
        );
        this.createRewards(wiring, shares);
        vm.expectRevert(abi.encodeWithSelector(IAvailabilityRewards.AvailabilityRewards_SharesNotWhole.selector, 0));
        this.createRewards(wiring, new IAvailabilityRewards.Pool[](0));
        vm.assertEq(rewards.pools().length, 5, "pools");
    }

    function createRewards(
        AvailabilityRewards.Wiring memory wiring,
        IAvailabilityRewards.Pool[] memory shares
    ) external {
        _create("AvailabilityRewards.sol:AvailabilityRewards", abi.encode(wiring, shares));
    }

    /// @dev One deed claims at every step, its twin only at the end.
    function _stepsEqualOne(DeedId one, DeedId twin, uint256[6] memory steps, uint64 start) private {
        uint256 cumulative = 0;
        uint256 total = 0;
        uint64 epoch = start;
        for (uint256 i = 0; i < 6; ++i) {
            uint256 epochs = _between(steps[i], 1, 200);
            cumulative += _between(uint256(keccak256(abi.encode(steps[i]))), 1, 255 * epochs);
            epoch += uint64(epochs);
            total += _earn(epoch - 1, one, cumulative);
        }
        vm.assertEq(_earn(epoch, twin, cumulative), total, "the same total");
        vm.assertEq(_collection(one).mintedAt(one.tokenId(), cumulative), total, "and the curve's");
    }

    function _refuses(DeedId which, uint64 epoch, uint256 cumulative, bytes32[] memory proof) private {
        vm.expectRevert(IAvailabilityRewards.AvailabilityRewards_InvalidProof.selector);
        rewards.claim(which, epoch, cumulative, proof);
    }

    function _leaf(uint256 kind, uint256 id, uint256 cumulative) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(kind, id, cumulative))));
    }
}
