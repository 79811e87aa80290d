// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IOracleRegistry} from "../../contracts/interfaces/IOracleRegistry.sol";
import {CompactSignature} from "../../contracts/types/EpochReport.sol";
import {DisputeFixture} from "../helpers/DisputeFixture.sol";

// OracleRegistry: challenge, answer, removeSilent
// ├── challenge, by anybody
// │   ├── when it is no oracle: refused
// │   ├── given none is open: opened, told, until now + window
// │   ├── given one is open, its deadline past too: refused
// │   └── given an answer: refused within the cooldown, allowed at its very end
// ├── answer, brought by anybody
// │   ├── when nothing was asked: refused
// │   ├── when the oracle signed for this deadline, up to its last second: closed, told, cooldown from now on
// │   ├── when late by a second: refused
// │   └── when signed by another, for another oracle, deadline, chain or registry, or malleable: refused
// ├── removeSilent, by anybody
// │   ├── when nothing was asked, or the answer came: refused
// │   ├── when the deadline is now, or later: refused
// │   └── a second after it: removed, told, traces cleared
// ├── given any removal: the challenge goes with it, and one that is added again starts clean
// └── no window, no registry
contract OracleRegistryChallengeTest is DisputeFixture {
    address private anybody = vm.addr(_key("anybody", 0));
    uint256 private key;
    address private oracle;
    uint64 private deadline;

    function setUp() public override {
        super.setUp();
        _addOracles(4);
        (key, oracle) = (oracleKeys[1], _oracle(1));
        deadline = uint64(_now() + ANSWER_WINDOW);
    }

    // ---------------------------------------------------------------- challenge

    function test_AnybodyChallenges() public {
        vm.expectEmit(address(oracleRegistry));
        emit IOracleRegistry.OracleChallenged(oracle, anybody, deadline);
        vm.prank(anybody);
        oracleRegistry.challenge(oracle);
        _requireChallenge(deadline, 0);
        vm.assertEq(oracleRegistry.ANSWER_WINDOW(), ANSWER_WINDOW, "window");
        vm.assertEq(oracleRegistry.CHALLENGE_COOLDOWN(), 10 * ANSWER_WINDOW, "cooldown");
        (uint64 other, ) = oracleRegistry.challengeOf(_oracle(0));
        vm.assertEq(other, 0, "nobody else");
    }

    function testFuzz_RefusesWhoIsNoOracle(address account) public {
        vm.assume(!oracleRegistry.isOracle(account));
        vm.expectRevert(_with(IOracleRegistry.OracleRegistry_NotOracle.selector, account));
        oracleRegistry.challenge(account);
    }

    function testFuzz_OneAtATime(uint256 wait) public {
        oracleRegistry.challenge(oracle);
        vm.warp(_now() + _between(wait, 0, 100 * ANSWER_WINDOW));
        vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_ChallengeOpen.selector, deadline));
        oracleRegistry.challenge(oracle);
    }

    function testFuzz_NotWithinTheCooldown(uint256 answered, uint256 early) public {
        oracleRegistry.challenge(oracle);
        vm.warp(_between(answered, _now(), deadline));
        oracleRegistry.answer(oracle, _answer(key, deadline));
        uint64 next = uint64(_now() + 10 * ANSWER_WINDOW);
        _requireChallenge(0, next);
        vm.warp(next - _between(early, 1, 10 * ANSWER_WINDOW));
        vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_ChallengedLately.selector, next));
        oracleRegistry.challenge(oracle);
        vm.warp(next);
        oracleRegistry.challenge(oracle);
        _requireChallenge(uint64(next + ANSWER_WINDOW), next);
    }

    // ---------------------------------------------------------------- answer

    function testFuzz_AnybodyBringsTheAnswer(uint256 wait, address sender) public {
        oracleRegistry.challenge(oracle);
        vm.warp(_between(wait, _now(), deadline));
        vm.expectEmit(address(oracleRegistry));
        emit IOracleRegistry.OracleAnswered(oracle, deadline);
        CompactSignature memory answer = _answer(key, deadline);
        vm.prank(sender);
        oracleRegistry.answer(oracle, answer);
        _requireChallenge(0, uint64(_now() + 10 * ANSWER_WINDOW));
        vm.assertTrue(oracleRegistry.isOracle(oracle), "stays");
    }

    function test_TheLastSecondIsInTimeAndTheNextIsNot() public {
        oracleRegistry.challenge(oracle);
        CompactSignature memory answer = _answer(key, deadline);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_TooLate.selector, deadline));
        oracleRegistry.answer(oracle, answer);
        vm.warp(deadline);
        oracleRegistry.answer(oracle, answer);
        _requireChallenge(0, uint64(deadline + 10 * ANSWER_WINDOW));
    }

    function test_RefusesAnAnswerToNothing() public {
        CompactSignature memory answer = _answer(key, deadline);
        vm.expectRevert(_with(IOracleRegistry.OracleRegistry_NotChallenged.selector, oracle));
        oracleRegistry.answer(oracle, answer);
        oracleRegistry.challenge(oracle);
        oracleRegistry.answer(oracle, answer);
        vm.expectRevert(_with(IOracleRegistry.OracleRegistry_NotChallenged.selector, oracle));
        oracleRegistry.answer(oracle, answer);
    }

    function testFuzz_RefusesAnothersAnswer(uint256 other) public {
        other = _between(other, 1, CURVE_ORDER - 1);
        vm.assume(other != key);
        oracleRegistry.challenge(oracle);
        CompactSignature memory answer = _compact(other, _answerDigest(oracle, deadline));
        vm.expectRevert(_with(IOracleRegistry.OracleRegistry_BadAnswer.selector, vm.addr(other)));
        oracleRegistry.answer(oracle, answer);
    }

    function test_RefusesAnswersToAnythingElse() public {
        oracleRegistry.challenge(oracle);
        oracleRegistry.challenge(_oracle(2));
        _refusesAnswer(_answer(key, deadline - 1));
        _refusesAnswer(_answer(key, deadline + 1));
        _refusesAnswer(_answer(oracleKeys[2], deadline));
        _refusesAnswer(_compact(key, _answerDigest(_oracle(2), deadline)));
        bytes32 structHash = keccak256(abi.encode(ANSWER_TYPE, oracle, deadline));
        _refusesAnswer(_compact(key, _typedDigest("OracleRegistry", address(ledger), structHash)));
        _refusesAnswer(_compact(key, _typedDigest("EpochLedger", address(oracleRegistry), structHash)));
        _refusesAnswer(CompactSignature(bytes32(0), bytes32(0)));
        CompactSignature memory elsewhere = _answer(key, deadline);
        _useChain(_chainId() + 1);
        _refusesAnswer(elsewhere);
        // And the same on this chain is right.
        oracleRegistry.answer(oracle, _answer(key, deadline));
    }

    function test_AnAnswerServesOnce() public {
        oracleRegistry.challenge(oracle);
        CompactSignature memory answer = _answer(key, deadline);
        oracleRegistry.answer(oracle, answer);
        vm.warp(_now() + 10 * ANSWER_WINDOW);
        oracleRegistry.challenge(oracle);
        _refusesAnswer(answer);
    }

    // ---------------------------------------------------------------- silence

    function testFuzz_AnybodyRemovesTheSilent(uint256 late) public {
        address owner = oracleRegistry.ownerOf(oracle);
        oracleRegistry.challenge(oracle);
        vm.warp(_between(late, deadline + 1, deadline + 100 * EPOCH));
        vm.recordLogs();
        vm.prank(anybody);
        oracleRegistry.removeSilent(oracle);
        address[] memory gone = new address[](1);
        gone[0] = oracle;
        address[] memory owners = new address[](1);
        owners[0] = owner;
        _requireRemovals(vm.getRecordedLogs(), gone, owners, IOracleRegistry.Removal.Silent);
        _requireGone(oracle);
    }

    function testFuzz_NotBeforeTheDeadlineIsOver(uint256 time) public {
        oracleRegistry.challenge(oracle);
        vm.warp(_between(time, _now(), deadline));
        _refusesRemoval(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_NotSilent.selector, deadline));
        vm.warp(deadline);
        _refusesRemoval(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_NotSilent.selector, deadline));
        vm.warp(deadline + 1);
        oracleRegistry.removeSilent(oracle);
    }

    function test_NotWithoutAChallenge() public {
        bytes memory refusal = _with(IOracleRegistry.OracleRegistry_NotChallenged.selector, oracle);
        _refusesRemoval(refusal);
        oracleRegistry.challenge(oracle);
        oracleRegistry.answer(oracle, _answer(key, deadline));
        vm.warp(deadline + 1);
        _refusesRemoval(refusal);
        oracleRegistry.challenge(_oracle(0));
        vm.warp(_now() + ANSWER_WINDOW + 1);
        _refusesRemoval(refusal);
        oracleRegistry.removeSilent(_oracle(0));
        vm.expectRevert(_with(IOracleRegistry.OracleRegistry_NotChallenged.selector, _oracle(0)));
        oracleRegistry.removeSilent(_oracle(0));
    }

    // ---------------------------------------------------------------- leaving and coming back

    function test_ARemovedOracleComesBackClean() public {
        oracleRegistry.challenge(oracle);
        oracleRegistry.removeOracle(oracle);
        _requireGone(oracle);
        vm.warp(deadline + 1);
        oracleRegistry.addOracle(oracle);
        _requireChallenge(0, 0);
        _refusesRemoval(_with(IOracleRegistry.OracleRegistry_NotChallenged.selector, oracle));
        oracleRegistry.challenge(oracle);
        _requireChallenge(uint64(_now() + ANSWER_WINDOW), 0);
    }

    function test_ACooldownGoesWithTheOracle() public {
        oracleRegistry.challenge(oracle);
        oracleRegistry.answer(oracle, _answer(key, deadline));
        oracleRegistry.removeOracle(oracle);
        oracleRegistry.addOracle(oracle);
        oracleRegistry.challenge(oracle);
        _requireChallenge(deadline, 0);
    }

    function test_TheSilentAreEjectedForOtherReasonsToo() public {
        oracleRegistry.challenge(oracle);
        _ban(oracleRegistry.ownerOf(oracle));
        oracleRegistry.eject(oracle);
        _requireGone(oracle);
    }

    function test_ARegistryNeedsAWindow() public {
        vm.expectRevert(IOracleRegistry.OracleRegistry_ZeroAnswerWindow.selector);
        this.createWithoutWindow();
    }

    function createWithoutWindow() external {
        _create("OracleRegistry.sol:OracleRegistry", abi.encode(manager, nodes, ledger, 0));
    }

    // ---------------------------------------------------------------- helpers

    function _requireChallenge(uint64 until, uint64 next) private view {
        (uint64 open, uint64 allowed) = oracleRegistry.challengeOf(oracle);
        vm.assertEq(open, until, "deadline");
        vm.assertEq(allowed, next, "next allowed");
    }

    function _refusesAnswer(CompactSignature memory answer) private {
        (uint64 open, uint64 next) = oracleRegistry.challengeOf(oracle);
        bytes memory call = abi.encodeCall(oracleRegistry.answer, (oracle, answer));
        (bool ok, bytes memory why) = address(oracleRegistry).call(call);
        vm.assertFalse(ok, "refused");
        vm.assertEq(bytes32(bytes4(why)), IOracleRegistry.OracleRegistry_BadAnswer.selector, "as another's");
        _requireChallenge(open, next);
    }

    function _refusesRemoval(bytes memory why) private {
        vm.expectRevert(why);
        oracleRegistry.removeSilent(oracle);
        vm.assertTrue(oracleRegistry.isOracle(oracle), "stays");
    }

    function _with(bytes4 selector, address account) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, account);
    }
}
