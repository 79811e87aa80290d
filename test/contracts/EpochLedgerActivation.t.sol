// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAvailabilityRewards} from "../../contracts/interfaces/IAvailabilityRewards.sol";
import {IEpochLedger} from "../../contracts/interfaces/IEpochLedger.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {CompactSignature, EpochReport} from "../../contracts/types/EpochReport.sol";
import {Leaf} from "../../contracts/types/Leaf.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// EpochLedger, the activation of a root
// ├── given no commit: nothing is pending
// ├── given a commit
// │   ├── before activeFrom: it is the latest and pending, has no root yet, and no claim can be made by it
// │   ├── at activeFrom exactly, and later: it has its root, nothing is pending, claims are paid
// │   ├── roots from before stay as they were
// │   └── when the next epoch is committed while it is pending: refused with its epoch and time; at activeFrom exactly: stored
// ├── given a pause: a root becomes active all the same
// └── when the delay is as long as an epoch, or longer: no such ledger
contract EpochLedgerActivationTest is ProtocolFixture {
    bytes32 private constant ROOT = keccak256("root");

    function setUp() public override {
        super.setUp();
        _addOracles(4);
    }

    function test_NothingIsPendingAtFirst() public view {
        _requireNothingPending();
        vm.assertEq(ledger.ACTIVATION_DELAY(), ACTIVATION, "delay");
    }

    function testFuzz_ARootIsPendingForTheDelay(uint64 epoch, uint256 late, uint256 wait) public {
        epoch = uint64(_between(epoch, 0, 1 << 40));
        vm.warp(ledger.epochEnd(epoch) + _between(late, 0, 1 << 40));
        _propose(epoch, ROOT);
        uint256 activeFrom = _now() + ACTIVATION;
        wait = _between(wait, 0, 3 * ACTIVATION);
        vm.warp(_now() + wait);

        (bool committed, uint64 last, bytes32 root) = ledger.latest();
        vm.assertTrue(committed, "committed");
        vm.assertEq(last, epoch, "the last");
        vm.assertEq(root, ROOT, "its root, pending or not");
        if (wait < ACTIVATION) _requirePending(epoch, ROOT, activeFrom);
        else _requireNothingPending();
        vm.assertEq(ledger.rootOf(epoch), wait < ACTIVATION ? bytes32(0) : ROOT, "root of the epoch");
    }

    function test_ActiveAtTheSecondAndNotBefore() public {
        _propose(0, ROOT);
        (, , uint256 activeFrom) = ledger.pending();
        vm.warp(activeFrom - 1);
        vm.assertEq(ledger.rootOf(0), 0, "a second before");
        _requirePending(0, ROOT, activeFrom);
        vm.warp(activeFrom);
        vm.assertEq(ledger.rootOf(0), ROOT, "at it");
        _requireNothingPending();
    }

    function test_NoClaimBeforeActivation() public {
        DeedId deed = _nd(_buy(_operator("alice", 0), 1));
        _associate(deed, _key("node", 0));
        _propose(0, Leaf.availability(deed, 255));
        (, , uint256 activeFrom) = ledger.pending();
        vm.warp(activeFrom - 1);
        vm.expectRevert(abi.encodeWithSelector(IAvailabilityRewards.AvailabilityRewards_NoRoot.selector, 0));
        rewards.claim(deed, 0, 255, _noProof());
        DeedId[] memory deeds = new DeedId[](1);
        deeds[0] = deed;
        uint256[] memory values = new uint256[](1);
        values[0] = 255;
        vm.expectRevert(abi.encodeWithSelector(IAvailabilityRewards.AvailabilityRewards_NoRoot.selector, 0));
        rewards.claimMany(0, deeds, values, _noProof(), new bool[](0));
        vm.warp(activeFrom);
        vm.assertGt(rewards.claim(deed, 0, 255, _noProof()), 0, "paid");
    }

    function test_MustHold9_EarlierRootsStayWhileOneIsPending() public {
        _commit(0, ROOT);
        _commit(3, keccak256("third"));
        _propose(4, keccak256("fourth"));
        vm.assertEq(ledger.rootOf(0), ROOT, "first");
        vm.assertEq(ledger.rootOf(3), keccak256("third"), "third");
        vm.assertEq(ledger.rootOf(4), 0, "fourth is pending");
        vm.assertEq(ledger.rootOf(type(uint64).max), 0, "the last epoch of all");
    }

    function testFuzz_NothingBuildsOnAPendingRoot(uint256 early) public {
        // The first is committed so late that the second ends before it is active.
        vm.warp(ledger.epochEnd(1) - 1);
        _propose(0, ROOT);
        (, , uint256 activeFrom) = ledger.pending();
        vm.warp(activeFrom - _between(early, 1, ACTIVATION - 1));
        EpochReport memory next = _report(1, keccak256("next"));
        CompactSignature[] memory signatures = _signatures(next, 4);
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.EpochLedger_PreviousPending.selector, 0, activeFrom));
        ledger.commit(next, signatures);
        _requirePending(0, ROOT, activeFrom);
        vm.warp(activeFrom);
        ledger.commit(next, signatures);
        _requirePending(1, keccak256("next"), activeFrom + ACTIVATION);
        vm.assertEq(ledger.rootOf(0), ROOT, "and the one before is active for ever");
    }

    function test_APauseDoesNotDelayActivation() public {
        _propose(0, ROOT);
        vm.prank(guardian);
        ledger.pause();
        _waitForActivation();
        vm.assertEq(ledger.rootOf(0), ROOT, "active");
    }

    function testFuzz_TheDelayIsShorterThanAnEpoch(uint256 delay) public {
        delay = _between(delay, EPOCH, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.EpochLedger_DelayTooLong.selector, delay, EPOCH));
        this.createWithDelay(delay);
    }

    function test_TheDelayMayFallShortOfAnEpochByASecond() public {
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.EpochLedger_DelayTooLong.selector, EPOCH, EPOCH));
        this.createWithDelay(EPOCH);
        this.createWithDelay(EPOCH - 1);
        this.createWithDelay(0);
    }

    function createWithDelay(uint256 delay) external {
        _create("EpochLedger.sol:EpochLedger", abi.encode(manager, oracleRegistry, GENESIS, EPOCH, delay));
    }

    function _requirePending(uint64 epoch, bytes32 root, uint256 activeFrom) private view {
        (uint64 pendingEpoch, bytes32 pendingRoot, uint256 from) = ledger.pending();
        vm.assertEq(pendingEpoch, epoch, "pending epoch");
        vm.assertEq(pendingRoot, root, "pending root");
        vm.assertEq(from, activeFrom, "active from");
    }

    function _requireNothingPending() private view {
        _requirePending(0, 0, 0);
    }
}
