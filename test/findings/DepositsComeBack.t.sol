// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {JobFixture} from "../helpers/JobFixture.sol";

/// @notice A contract as payee: it takes no call, and no callback would get past it.
contract DeafPayee {
    fallback() external payable {
        revert("nobody is here");
    }
}

// Found elsewhere: closing a job locks its remainder; money is added to a closed job; a delegate with one right takes the owner's
// refund; one oracle's lone proposal blocks a refund; somebody is made a delegate without consent; payees go on to accrue what the
// payer does not have; settlement waits for the payer's consent; a receiver that reverts blocks payment.
// ├── given a job that is closed, at any moment: after the last settlement nothing is left in the escrow
// ├── given a closed job: no money is taken for it
// ├── given oracles that are gone for ever: what nobody can earn any more comes back all the same
// ├── a refund goes to the owner, whoever asks for it; nobody is a delegate without wanting to
// └── given an owner that is gone, or a payee that takes no call: the deed is paid
contract DepositsComeBackTest is JobFixture {
    uint16 private _first;
    uint256 private _jobId;

    function setUp() public override {
        super.setUp();
        _first = _servers(1);
        _jobId = _createJob(1, 40);
    }

    function testFuzz_AClosedJobKeepsNothing(uint256 epoch, uint256 served) public {
        epoch = _between(epoch, 0, 38);
        _join(_jobId, _first);
        uint64 start = uint64(escrow.jobOf(_jobId).start);
        _enter(start + uint64(epoch));
        vm.prank(developer);
        escrow.close(_jobId);
        uint256 epochs = epoch + 2;
        served = _between(served, 0, 255 * epochs);
        uint256 paid = _serve(_jobId, _first, start + uint64(epochs) - 1, served);
        escrow.refund(_jobId);
        vm.assertEq(r1.balanceOf(address(escrow)), 0, "nothing is locked");
        vm.assertLe(paid, (RATE * epochs * 85) / 100, "no more than the epochs that ran");
    }

    function test_NoMoneyGoesIntoAClosedJob() public {
        _join(_jobId, _first);
        vm.prank(developer);
        escrow.close(_jobId);
        _enter(ledger.currentEpoch() + 2);
        _endow(developer, RATE * 100);
        uint256 before = r1.balanceOf(developer);
        bytes memory over = abi.encodeWithSelector(IJobEscrow.JobEscrow_Over.selector, _jobId);
        vm.prank(developer);
        vm.expectRevert(over);
        escrow.extend(_jobId, 10);
        vm.prank(developer);
        vm.expectRevert(over);
        escrow.scaleUp(_jobId, 1);
        vm.assertEq(r1.balanceOf(developer), before, "all still there");
    }

    function test_OraclesCannotKeepADeposit() public {
        uint256 waiting = _createJob(2, 40);
        for (uint256 i = 0; i < oracleKeys.length; ++i) oracleRegistry.removeOracle(vm.addr(oracleKeys[i]));
        vm.prank(developer);
        escrow.close(waiting);
        vm.assertEq(r1.balanceOf(developer), RATE * 80, "without a signature of anybody");
    }

    function testFuzz_NobodyIsADelegateWithoutWantingTo(uint8 rights, address anybody) public {
        vm.assume(anybody != developer);
        vm.prank(developer);
        escrow.offerDelegation(anybody, rights);
        vm.assertEq(escrow.rightsOf(developer, anybody), 0, "not yet");
        vm.prank(anybody);
        escrow.acceptDelegation(developer, rights);
        vm.assertEq(escrow.rightsOf(developer, anybody), rights, "when it accepts");
    }

    function testFuzz_ARefundIsTheOwnersWhoeverAsks(address anybody) public {
        vm.assume(anybody != developer && anybody != address(escrow) && anybody != address(0));
        // One place of two is taken: the other one's notice comes back with the epoch after it.
        uint256 jobId = _createJob(2, 40);
        _join(jobId, _first);
        vm.prank(developer);
        escrow.offerDelegation(anybody, 4);
        vm.prank(anybody);
        escrow.acceptDelegation(developer, 4);
        uint256 before = r1.balanceOf(anybody);

        vm.prank(anybody);
        escrow.close(jobId);
        uint256 closed = r1.balanceOf(developer);
        vm.assertGt(closed, 0, "the delegate closed it for its owner");
        _enter(ledger.currentEpoch() + 2);
        uint256 due = escrow.refundable(jobId);
        vm.assertGt(due, 0, "and there is more to come");
        vm.prank(anybody);
        escrow.refund(jobId);
        vm.assertEq(r1.balanceOf(developer), closed + due, "all for the owner");
        vm.assertEq(r1.balanceOf(anybody), before, "nothing for who asks");
    }

    function test_NeitherOwnerNorPayeeCanBlockPayment() public {
        _join(_jobId, _first);
        uint64 last = _lastEpoch(_jobId);
        DeafPayee payee = new DeafPayee();
        vm.prank(_ownerOf(_nd(_first)));
        operators.setPayee(address(payee));
        _commitService(_jobId, _first, last, 255 * 40);
        vm.prank(vm.addr(_key("passer-by", 0)));
        uint256 paid = escrow.settle(_jobId, _first, last, 255 * 40, _noProof());
        vm.assertEq(paid, (RATE * 40 * 85) / 100, "the whole");
        vm.assertEq(r1.balanceOf(address(payee)), paid, "is there");
    }

    function testFuzz_NobodyEarnsWhatWasNotPaidIn(uint256 cumulative, uint64 late) public {
        _join(_jobId, _first);
        uint64 epoch = _lastEpoch(_jobId) + uint64(_between(late, 0, 3000));
        uint256 paid = _serve(_jobId, _first, epoch, _between(cumulative, 255 * 40, type(uint256).max));
        vm.assertEq(paid, (RATE * 40 * 85) / 100, "the deposit's share, however long it went on");
        vm.assertEq(escrow.jobOf(_jobId).balance, 0, "and the job is at an end");
    }
}
