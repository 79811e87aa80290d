// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {IR1} from "../../contracts/interfaces/IR1.sol";
import {TestBase} from "../helpers/TestBase.sol";
import {JobHandler} from "./JobHandler.sol";

/// @title JobInvariantsTest
/// @notice The job invariants of test/invariant/README.md.
contract JobInvariantsTest is TestBase {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    JobHandler private handler;
    IJobEscrow private escrow;
    IR1 private r1;

    function setUp() public {
        handler = new JobHandler();
        handler.setUp();
        (address escrow_, address r1_) = handler.parts();
        escrow = IJobEscrow(escrow_);
        r1 = IR1(r1_);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), _actions());
    }

    function invariant_Jobs1_TheEscrowHoldsWhatCameInLessWhatWentOut() external view {
        uint256 held = 0;
        uint16[] memory ids = handler.servers();
        for (uint256 i = 0; i < ids.length; ++i) held += escrow.heldOf(ids[i]);
        uint256 sum = held;
        for (uint256 jobId = 1; jobId <= escrow.jobCount(); ++jobId) sum += escrow.jobOf(jobId).balance;
        uint256 tokens = r1.balanceOf(address(escrow)) - handler.gifts();
        vm.assertEq(tokens, sum, "tokens are balances and held payments");
        uint256 out = handler.paid(0) - held + handler.burned(0) + handler.refunded(0);
        vm.assertEq(tokens, handler.deposited(0) - out, "deposits - paid - burned - refunded");
    }

    function invariant_Jobs2_NoJobSpendsMoreThanItsDeposit() external view {
        for (uint256 jobId = 1; jobId <= escrow.jobCount(); ++jobId) {
            uint256 out = handler.paid(jobId) + handler.burned(jobId) + handler.refunded(jobId);
            vm.assertLe(out, handler.deposited(jobId), "out of its own deposit");
            vm.assertEq(escrow.jobOf(jobId).balance, handler.deposited(jobId) - out, "and to the wei");
        }
    }

    function invariant_Jobs3_RefundsLeaveWhatCanBeEarned() external view {
        for (uint256 jobId = 1; jobId <= escrow.jobCount(); ++jobId) {
            IJobEscrow.Job memory job = escrow.jobOf(jobId);
            uint256 due = 0;
            uint16[] memory ids = handler.servers();
            for (uint256 i = 0; i < ids.length; ++i) {
                IJobEscrow.Service memory service = escrow.serviceOf(jobId, ids[i]);
                due += service.to - service.from;
            }
            vm.assertLe(escrow.refundable(jobId) + job.rate * due, job.balance, "what is owed stays");
        }
    }

    function invariant_Jobs4_PlacesAreDistinctAndNoMoreThanPaidFor() external view {
        for (uint256 jobId = 1; jobId <= escrow.jobCount(); ++jobId) {
            uint16[] memory ids = escrow.nodesOf(jobId);
            vm.assertLe(ids.length, escrow.jobOf(jobId).nodes, "places");
            for (uint256 i = 0; i < ids.length; ++i) {
                vm.assertTrue(ids[i] != 0, "a deed");
                for (uint256 k = 0; k < i; ++k) vm.assertTrue(ids[i] != ids[k], "once");
            }
        }
    }

    function invariant_Jobs5_AJobCanAlwaysBeEndedWithAProof() external view {
        vm.assertEq(handler.stuckJob(), 0, "nothing stays behind");
    }

    function invariant_Jobs6_NobodyChangesTheJobOfAnother() external view {
        vm.assertEq(handler.stolenJob(), 0, "no job was changed without the right to");
    }

    /// @dev The invariants would hold of an escrow where nothing happens, too.
    function test_EveryActionHappens() external {
        bytes4[] memory actions = _actions();
        uint256[] memory done = new uint256[](actions.length);
        for (uint256 step = 0; step < 900; ++step) {
            uint256 drawn = uint256(keccak256(abi.encode("step", step)));
            uint256 which = drawn % actions.length;
            // The first argument of one action and the third of another are flags: zero and one are good for every kind.
            (uint256 a, uint256 b, uint256 c) = ((drawn >> 16) % 2, (drawn >> 32) % 200, (drawn >> 64) % 2);
            if (actions[which] != JobHandler.create.selector) a = (drawn >> 16) % 200;
            // solhint-disable-next-line avoid-low-level-calls
            (bool happened, ) = address(handler).call(abi.encodeWithSelector(actions[which], a, b, c));
            if (happened) ++done[which];
        }
        string[22] memory names = [
            "create",
            "extend",
            "scaleUp",
            "scaleDown",
            "close",
            "refund",
            "payHeld",
            "wait",
            "sell",
            "banOwner",
            "unbanOwner",
            "banDeed",
            "unbanDeed",
            "assign",
            "replace",
            "serve",
            "finish",
            "associate",
            "changeSpec",
            "give",
            "steal",
            "setPayee"
        ];
        for (uint256 i = 0; i < done.length; ++i) vm.assertGt(done[i], 0, names[i]);
        vm.assertGt(handler.paid(0), 0, "paid");
        vm.assertGt(handler.burned(0), 0, "burned");
        vm.assertGt(handler.refunded(0), 0, "refunded");
    }

    function _actions() private pure returns (bytes4[] memory actions) {
        actions = new bytes4[](22);
        actions[0] = JobHandler.create.selector;
        actions[1] = JobHandler.extend.selector;
        actions[2] = JobHandler.scaleUp.selector;
        actions[3] = JobHandler.scaleDown.selector;
        actions[4] = JobHandler.close.selector;
        actions[5] = JobHandler.refund.selector;
        actions[6] = JobHandler.payHeld.selector;
        actions[7] = JobHandler.wait.selector;
        actions[8] = JobHandler.sell.selector;
        actions[9] = JobHandler.banOwner.selector;
        actions[10] = JobHandler.unbanOwner.selector;
        actions[11] = JobHandler.banDeed.selector;
        actions[12] = JobHandler.unbanDeed.selector;
        actions[13] = JobHandler.assign.selector;
        actions[14] = JobHandler.replace.selector;
        actions[15] = JobHandler.serve.selector;
        actions[16] = JobHandler.finish.selector;
        actions[17] = JobHandler.associate.selector;
        actions[18] = JobHandler.changeSpec.selector;
        actions[19] = JobHandler.give.selector;
        actions[20] = JobHandler.steal.selector;
        actions[21] = JobHandler.setPayee.selector;
    }
}
