// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TestBase} from "../helpers/TestBase.sol";
import {Invariants} from "./Invariants.sol";
import {JobHandler} from "./JobHandler.sol";
import {OperatorHandler} from "./OperatorHandler.sol";
import {OracleHandler} from "./OracleHandler.sol";
import {PowerHandler} from "./PowerHandler.sol";
import {ThiefHandler} from "./ThiefHandler.sol";

/// @title SystemTest
/// @notice The whole system, everybody acting in any order: see test/invariant/README.md.
/// @dev All invariants are in one function, for the runner draws the same sequences for every invariant function.
abstract contract SystemTest is TestBase {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    error Undone();

    uint256 private constant STEPS = 3_000;

    Invariants internal system;
    bytes4[] internal actions;

    function setUp() public virtual {
        system = new Invariants();
        system.begin(_isCaptured());
        _listActions();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(system);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(system), actions);
    }

    /// hardhat-config: invariant.failOnRevert = true
    function invariant_WholeSystem() external virtual {
        _check();
    }

    /// @notice How every run ends. What is tried is undone.
    function afterInvariant() external {
        invariant_26_EverybodyGetsTheirDue();
        invariant_27_EveryJobEnds();
    }

    /// @dev Calls the system, and takes everything back by a revert, for which the runner has no other means.
    function attempt(bytes calldata call) external {
        (bool ok, bytes memory answer) = address(system).call(call);
        if (ok) revert Undone();
        _bubble(answer);
    }

    /// @dev The handlers really do things: in a long random walk, every action succeeds.
    function test_EveryActionHappens() public {
        for (uint256 i = 0; i < STEPS; ++i) {
            uint256 chance = uint256(keccak256(abi.encode(i)));
            bytes4 action = actions[chance % actions.length];
            bool hasFlag = action == PowerHandler.judge.selector || action == PowerHandler.reprice.selector;
            uint256 second = (chance >> 16) % (hasFlag ? 2 : 1 << 32);
            (bool ok, bytes memory answer) = address(system).call(
                abi.encodePacked(action, chance >> 8, second, (chance >> 24) % 256)
            );
            if (!ok) _bubble(answer);
            vm.assertEq(system.wrong(), "", "and nothing goes wrong");
        }
        string[] memory names = _successes();
        for (uint256 i = 0; i < names.length; ++i) vm.assertGt(system.done(names[i]), 0, names[i]);
        _check();
    }

    function _check() internal view virtual {
        system.check();
    }

    function invariant_26_EverybodyGetsTheirDue() internal {
        _try(abi.encodeCall(system.everybodyGetsTheirDue, ()));
    }

    function invariant_27_EveryJobEnds() internal {
        _try(abi.encodeCall(system.everyJobEnds, ()));
    }

    function _try(bytes memory call) internal {
        uint256 time = _now();
        (, bytes memory answer) = address(this).call(abi.encodeCall(this.attempt, (call)));
        vm.warp(time);
        if (bytes4(answer) != Undone.selector) _bubble(answer);
    }

    function _bubble(bytes memory answer) private pure {
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    function _isCaptured() internal pure virtual returns (bool);

    function _listActions() internal virtual {
        _listOracles();
        _listOperators();
        _listJobs();
        _listPowers();
        _listThieves();
    }
    function _listOracles() private {
        for (uint256 i = 0; i < 4; ++i) actions.push(OracleHandler.commit.selector);
        actions.push(OracleHandler.forge.selector);
        actions.push(OracleHandler.disprove.selector);
        actions.push(OracleHandler.restaff.selector);
        actions.push(OracleHandler.addOracle.selector);
        actions.push(OracleHandler.ejectOracle.selector);
        actions.push(OracleHandler.turn.selector);
        actions.push(OracleHandler.equivocate.selector);
        actions.push(OracleHandler.challenge.selector);
        actions.push(OracleHandler.answer.selector);
        actions.push(OracleHandler.removeSilent.selector);
    }

    function _listOperators() private {
        actions.push(OperatorHandler.elapse.selector);
        actions.push(OperatorHandler.buy.selector);
        for (uint256 i = 0; i < 2; ++i) actions.push(OperatorHandler.associate.selector);
        actions.push(OperatorHandler.dissociate.selector);
        actions.push(OperatorHandler.transfer.selector);
        actions.push(OperatorHandler.ambush.selector);
        actions.push(OperatorHandler.setPayee.selector);
        for (uint256 i = 0; i < 2; ++i) actions.push(OperatorHandler.claim.selector);
        actions.push(OperatorHandler.claimTooMuch.selector);
        actions.push(OperatorHandler.claimMany.selector);
        actions.push(OperatorHandler.burn.selector);
    }

    function _listJobs() private {
        actions.push(JobHandler.create.selector);
        actions.push(JobHandler.extend.selector);
        actions.push(JobHandler.scaleUp.selector);
        actions.push(JobHandler.scaleDown.selector);
        actions.push(JobHandler.close.selector);
        actions.push(JobHandler.changeSpec.selector);
        for (uint256 i = 0; i < 2; ++i) actions.push(JobHandler.assign.selector);
        for (uint256 i = 0; i < 2; ++i) actions.push(JobHandler.settle.selector);
        for (uint256 i = 0; i < 2; ++i) actions.push(JobHandler.settleMany.selector);
        actions.push(JobHandler.refund.selector);
        actions.push(JobHandler.payHeld.selector);
        actions.push(JobHandler.give.selector);
    }

    function _listPowers() private {
        actions.push(PowerHandler.pause.selector);
        actions.push(PowerHandler.lift.selector);
        actions.push(PowerHandler.schedule.selector);
        for (uint256 i = 0; i < 2; ++i) actions.push(PowerHandler.execute.selector);
        actions.push(PowerHandler.cancel.selector);
        actions.push(PowerHandler.removeOracle.selector);
        actions.push(PowerHandler.reprice.selector);
        actions.push(PowerHandler.judge.selector);
        actions.push(PowerHandler.review.selector);
        actions.push(PowerHandler.release.selector);
        actions.push(PowerHandler.fundMilestones.selector);
    }

    function _listThieves() private {
        actions.push(ThiefHandler.trespass.selector);
        actions.push(ThiefHandler.usurp.selector);
        actions.push(ThiefHandler.steal.selector);
        actions.push(ThiefHandler.exceed.selector);
    }

    /// @dev What has to have happened at least once; of attacks, that they were tried.
    function _successes() internal pure virtual returns (string[] memory names) {
        string[61] memory all = [
            "elapse",
            "buy",
            "associate",
            "dissociate",
            "transfer",
            "ambush",
            "setPayee",
            "a receiver refuses",
            "claim",
            "claim refused",
            "claim pending",
            "claimMany",
            "burn",
            "commit",
            "forge",
            "disprove in vain",
            "restaff",
            "addOracle",
            "ejectOracle",
            "turn",
            "equivocate",
            "challenge",
            "answer",
            "removeSilent",
            "create",
            "extend",
            "delegate",
            "scaleUp",
            "scaleDown",
            "close",
            "changeSpec",
            "assign",
            "replace",
            "settle",
            "settle refused",
            "settleMany",
            "refund",
            "payHeld",
            "give",
            "pause",
            "lift",
            "schedule",
            "execute",
            "execute refused",
            "cancel",
            "removeOracle",
            "reprice",
            "feed breaks",
            "ban",
            "pardon",
            "ban a deed",
            "pardon a deed",
            "revoke",
            "approve",
            "release",
            "release refused",
            "fundMilestones",
            "trespass",
            "usurp",
            "steal",
            "exceed"
        ];
        names = new string[](all.length);
        for (uint256 i = 0; i < all.length; ++i) names[i] = all[i];
    }
}

/// @title HonestQuorumTest
/// @notice At most f oracles are corrupt.
contract HonestQuorumTest is SystemTest {
    function _check() internal view override {
        super._check();
        system.checkHonesty();
    }

    function _isCaptured() internal pure override returns (bool) {
        return false;
    }
}

/// @title CorruptQuorumTest
/// @notice Any number of oracles may be corrupt, and commit what they like.
contract CorruptQuorumTest is SystemTest {
    function _listActions() internal override {
        super._listActions();
        actions.push(OracleHandler.commitCorrupt.selector);
    }

    function _successes() internal pure override returns (string[] memory names) {
        string[3] memory more = ["commitCorrupt", "disprove", "claim disproved"];
        string[] memory all = super._successes();
        names = new string[](all.length + more.length);
        for (uint256 i = 0; i < all.length; ++i) names[i] = all[i];
        for (uint256 i = 0; i < more.length; ++i) names[all.length + i] = more[i];
    }

    function _isCaptured() internal pure override returns (bool) {
        return true;
    }
}
