// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAvailabilityRewards} from "../../contracts/interfaces/IAvailabilityRewards.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {Leaf, LeafKind} from "../../contracts/types/Leaf.sol";
import {DisputeFixture} from "../helpers/DisputeFixture.sol";

// Found elsewhere: a table that the majority signed is paid from at once, and nothing can be taken back; the signers stay.
// ├── given a root with too much for one deed: no claim until it is active, none ever once it is disproved, in the same second
// │   too, and its signers decide nothing any more
// └── given it was not disproved in time: what it pays is bounded by the deed's own record
contract WrongRootsPayNobodyTest is DisputeFixture {
    DeedId private deed;

    function setUp() public override {
        super.setUp();
        _addOracles(4);
        deed = _nd(_buy(_operator("thief", 0), 1));
        _associate(deed, _key("node", 0));
        _commitLeaf(0, deed, 10);
        rewards.claim(deed, 0, 10, _noProof());
    }

    function testFuzz_TooMuchIsNeverPaid(uint256 wait, uint256 excess) public {
        uint256 minted = r1.totalMinted();
        uint256 value = 10 + 255 + _between(excess, 1, 100_000);
        _propose(1, Leaf.availability(deed, value));
        (, , uint256 activeFrom) = ledger.pending();
        vm.warp(_between(wait, _now(), activeFrom - 1));
        _refusesClaim(value);
        _disprove(Pair(LeafKind.Availability, DeedId.unwrap(deed), 10, _noProof(), value, _noProof()));
        _refusesClaim(value);
        vm.warp(activeFrom + EPOCH);
        _refusesClaim(value);
        vm.assertEq(r1.totalMinted(), minted, "nothing minted");
        vm.assertEq(oracleRegistry.oracles().length, 1, "the one that did not sign is left");
    }

    function test_UndisputedItIsBoundedByTheDeed() public {
        _commit(1, Leaf.availability(deed, 510));
        rewards.claim(deed, 1, 510, _noProof());
        vm.assertEq(r1.balanceOf(_ownerOf(deed)), nodeDeed.mintedAt(1, 510), "always there, and no more");
    }

    function _refusesClaim(uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(IAvailabilityRewards.AvailabilityRewards_NoRoot.selector, 1));
        rewards.claim(deed, 1, value, _noProof());
    }
}
