// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITreasuryPool} from "../../contracts/interfaces/ITreasuryPool.sol";
import {TreasuryPool} from "../../contracts/treasury/TreasuryPool.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// TreasuryPool
// ├── given no milestones: all is free from the unlock time on, nothing before it
// ├── given milestones: each sets its share of all income free, past and future; in order; not one more than there are
// ├── release: refused before the unlock, above what is free, of nothing, without a purpose
// └── reachMilestone: refused without evidence; shares that are not whole: refused at deployment
contract TreasuryPoolTest is ProtocolFixture {
    uint256 private constant UNLOCK = GENESIS + 100 days;
    address private to = vm.addr(_key("to", 0));
    TreasuryPool private pool;

    function setUp() public override {
        super.setUp();
        pool = newPool(_shares(5000, 3000, 2000));
    }

    function testFuzz_NothingLeavesBeforeTheUnlockTime(uint256 early) public {
        _fund(address(pool), 100);
        pool.reachMilestone("first");
        vm.warp(UNLOCK - _between(early, 1, 100 days));
        vm.assertEq(pool.releasable(), 0, "releasable");
        uint256 time = _now();
        vm.expectRevert(abi.encodeWithSelector(ITreasuryPool.TreasuryPool_Locked.selector, UNLOCK, time));
        pool.release(to, 1, "grant");
        vm.warp(UNLOCK);
        pool.release(to, 50, "grant");
        vm.assertEq(r1.balanceOf(to), 50, "half");
    }

    function testFuzz_MilestonesFreeTheirShareOfAllIncome(uint256 income, uint256 later, uint256 reached) public {
        income = _between(income, 1, r1.CAP() / 2);
        later = _between(later, 0, r1.CAP() / 2);
        reached = _between(reached, 0, 3);
        uint256[4] memory free = [uint256(0), 5000, 8000, 10_000];
        vm.warp(UNLOCK);
        _fund(address(pool), income);
        for (uint256 i = 0; i < reached; ++i) pool.reachMilestone("evidence");
        uint256 first = (income * free[reached]) / 10_000;
        vm.assertEq(pool.releasable(), first, "of what came before");
        if (first > 0) pool.release(to, first, "grant");
        _fund(address(pool), later);
        uint256 all = ((income + later) * free[reached]) / 10_000;
        vm.assertEq(pool.releasable(), all - first, "and of what came later");
        vm.assertEq(pool.released(), first, "released");
        vm.expectRevert(
            abi.encodeWithSelector(ITreasuryPool.TreasuryPool_AboveReleasable.selector, all - first + 1, all - first)
        );
        pool.release(to, all - first + 1, "grant");
    }

    function test_MilestonesAreReachedInOrder() public {
        vm.expectRevert(ITreasuryPool.TreasuryPool_NoText.selector);
        pool.reachMilestone("");
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectEmit(address(pool));
            emit ITreasuryPool.MilestoneReached(i, "evidence");
            pool.reachMilestone("evidence");
            vm.assertEq(pool.milestonesReached(), i + 1, "reached");
        }
        vm.expectRevert(ITreasuryPool.TreasuryPool_NoMilestoneLeft.selector);
        pool.reachMilestone("one more");
        vm.assertEq(pool.milestones().length, 3, "milestones");
    }

    function test_APoolWithoutMilestonesIsFreeFromItsUnlockOn() public {
        TreasuryPool free = newPool(new uint16[](0));
        _fund(address(free), 77);
        vm.warp(UNLOCK);
        vm.expectEmit(address(free));
        emit ITreasuryPool.Released(to, 77, "all of it");
        free.release(to, 77, "all of it");
        vm.expectRevert(ITreasuryPool.TreasuryPool_NoMilestoneLeft.selector);
        free.reachMilestone("none");
    }

    function test_RefusesNothingAndNoPurpose() public {
        vm.warp(UNLOCK);
        _fund(address(pool), 100);
        pool.reachMilestone("first");
        vm.expectRevert(ITreasuryPool.TreasuryPool_ZeroAmount.selector);
        pool.release(to, 0, "grant");
        vm.expectRevert(ITreasuryPool.TreasuryPool_NoText.selector);
        pool.release(to, 1, "");
        vm.assertEq(pool.releasable(), 50, "unchanged");
    }

    function test_SharesAreWhole() public {
        vm.expectRevert(abi.encodeWithSelector(ITreasuryPool.TreasuryPool_SharesNotWhole.selector, 9999));
        this.newPool(_shares(5000, 3000, 1999));
        vm.expectRevert(abi.encodeWithSelector(ITreasuryPool.TreasuryPool_SharesNotWhole.selector, 10_001));
        this.newPool(_shares(5000, 3000, 2001));
        vm.assertEq(pool.name(), "grants", "name");
        vm.assertEq(pool.UNLOCK_TIME(), UNLOCK, "unlock time");
    }

    /// @dev Governed by this test alone: which role may do what is the business of Access.t.sol.
    function newPool(uint16[] memory milestones) public returns (TreasuryPool) {
        return _newPool("grants", UNLOCK, milestones);
    }

    function _shares(uint16 a, uint16 b, uint16 c) private pure returns (uint16[] memory shares) {
        shares = new uint16[](3);
        (shares[0], shares[1], shares[2]) = (a, b, c);
    }
}
