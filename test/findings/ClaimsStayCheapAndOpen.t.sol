// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DeedId} from "../../contracts/types/DeedId.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// Found elsewhere: claims that grow with the epochs (1.4 M gas for 1,080), deeds frozen by silent oracles, rewards lost or given
// to whoever links the node next.
// ├── given 1, 30 or 1,080 epochs went by: a later claim costs the same gas
// ├── given the oracles are silent for ever: deeds are sold, nodes leave, and what was committed is claimed
// └── given the node moves to another owner's deed: rewards stay with the deed that earned them
contract ClaimsStayCheapAndOpenTest is ProtocolFixture {
    address private alice;
    DeedId private deed;
    uint256 private nodeKey;

    function setUp() public override {
        super.setUp();
        _addOracles(3);
        (alice, deed, nodeKey) = _operatorWithNode("alice");
    }

    function testFuzz_AClaimCostsTheSameHoweverManyEpochsWentBy(uint64 epochs) public {
        epochs = uint64(_between(epochs, 1, 1070));
        _earn(1, deed, 100);
        uint256 short = _gasOfClaim(2, 200);
        uint256 long = _gasOfClaim(2 + epochs, 200 + 255 * uint256(epochs));
        uint256 gap = long > short ? long - short : short - long;
        // A few zero bytes more or less, and the first claim in a test warms what later ones read.
        vm.assertLe(gap, 500, "the same gas");
    }

    function test_SilentOraclesFreezeNothing() public {
        _commitLeaf(0, deed, 255);
        vm.warp(_now() + 3650 days);
        address bob = _operator("bob", 0);
        vm.prank(alice);
        nodes.dissociate(deed);
        vm.prank(alice);
        nodeDeed.transferFrom(alice, bob, deed.tokenId());
        vm.assertGt(rewards.claim(deed, 0, 255, _noProof()), 0, "claimed");
        vm.assertGt(r1.balanceOf(bob), 0, "by the new owner");
    }

    function test_RewardsStayWithTheDeedWhenItsNodeLeaves() public {
        _commitLeaf(0, deed, 255);
        vm.prank(alice);
        nodes.dissociate(deed);
        address bob = _operator("bob", 0);
        DeedId other = _nd(_buy(bob, 1));
        _associate(other, nodeKey);
        rewards.claim(deed, 0, 255, _noProof());
        vm.assertEq(r1.balanceOf(alice), nodeDeed.mintedAt(1, 255), "to the deed's owner");
        vm.assertEq(r1.balanceOf(bob), 0, "not to the node's next one");
    }

    function _gasOfClaim(uint64 epoch, uint256 cumulative) private returns (uint256) {
        _commitLeaf(epoch, deed, cumulative);
        uint256 before = gasleft();
        rewards.claim(deed, epoch, cumulative, _noProof());
        return before - gasleft();
    }
}
