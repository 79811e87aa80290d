// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {JobFixture} from "../helpers/JobFixture.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";

/**
 * settle
 * ├── given a term that is over
 * │   ├── it pays 85 % to the deed's owner and burns 15 % of rate × bytes / 255
 * │   ├── below 98 % of availability it keeps a tenth of it in the job
 * │   └── it pays no more than the epochs can hold, whatever the leaf says
 * ├── given neither term nor job nor assignment is over: it reverts
 * ├── given the assignment is over: it pays up to the epoch in which the deed left
 * ├── given the job is over: it frees the place, and what is left goes back to the owner
 * ├── given a banned owner or deed: the payment waits, and nothing else does
 * ├── when the proof is of another job, deed, sum or epoch: it reverts
 * └── many: it passes over what is not due
 */
contract JobEscrowSettleTest is JobFixture {
    uint256 private _jobId;
    uint16 private _id;
    address private _owner;
    uint64 private _start;

    function setUp() public override {
        super.setUp();
        _id = _servers(3);
        _owner = _ownerOf(_nd(_id));
        _jobId = _createJob(1, 60);
        _join(_jobId, _id);
        _start = uint64(escrow.jobOf(_jobId).start);
    }

    function test_paysATerm() public {
        uint256 supply = r1.totalSupply();
        uint256 paid = _serve(_jobId, _id, _start + 29, 255 * 30);
        vm.assertEq(paid, (RATE * 30 * 85) / 100, "85 %");
        vm.assertEq(r1.balanceOf(_owner), paid, "to the owner");
        vm.assertEq(supply - r1.totalSupply(), RATE * 30 - paid, "15 % burned");
        vm.assertEq(escrow.jobOf(_jobId).balance, RATE * 30, "the second term is left");
        vm.assertEq(r1.balanceOf(address(escrow)), RATE * 30, "and held");
    }

    function test_keepsThePenaltyInTheJob() public {
        uint256 bytesServed = (255 * 30 * 98) / 100 - 1;
        uint256 gross = (RATE * bytesServed) / 255;
        uint256 paid = _serve(_jobId, _id, _start + 29, bytesServed);
        uint256 earned = gross - (gross + 9) / 10;
        vm.assertEq(paid, (earned * 85) / 100, "90 % of gross, 85 % of it");
        vm.assertEq(escrow.jobOf(_jobId).balance, RATE * 60 - earned, "the rest stays");
        vm.assertEq(escrow.refundable(_jobId), RATE * 30 - earned, "and can be refunded");
    }

    function test_paysInFullAtExactly98Percent() public {
        uint256 paid = _serve(_jobId, _id, _start + 29, 7_497);
        vm.assertEq(paid, (((RATE * 7_497) / 255) * 85) / 100, "7,497 of 7,650 is 98 %");
    }

    function test_paysNoMoreThanTheEpochsHold() public {
        uint256 paid = _serve(_jobId, _id, _start + 29, type(uint256).max);
        vm.assertEq(paid, (RATE * 30 * 85) / 100, "thirty epochs");
        vm.assertEq(escrow.serviceOf(_jobId, _id).settled, type(uint32).max, "and no more later");
    }

    function test_waitsForTheTerm() public {
        _commitService(_jobId, _id, _start + 28, 255 * 29);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_NothingDue.selector, _jobId, _id, _start + 28));
        escrow.settle(_jobId, _id, _start + 28, 255 * 29, _noProof());
    }

    function test_settlesOnce() public {
        _serve(_jobId, _id, _start + 29, 255 * 30);
        bytes memory nothing = abi.encodeWithSelector(
            IJobEscrow.JobEscrow_NothingDue.selector,
            _jobId,
            _id,
            _start + 29
        );
        vm.expectRevert(nothing);
        escrow.settle(_jobId, _id, _start + 29, 255 * 30, _noProof());
    }

    function test_manyStepsPayWhatOnePays() public {
        uint256 jobId = _createJob(1, 60);
        _join(jobId, _id + 1);
        uint256 one = _serve(_jobId, _id, _start + 29, 255 * 30 - 100);
        one += _serve(_jobId, _id, _start + 59, 255 * 60 - 100);
        uint256 other = _serve(jobId, _id + 1, _start + 60, 255 * 60 - 100);
        vm.assertTrue(other >= one && other - one <= 2, "but for roundings of a wei each");
    }

    function test_paysWhoLeftUpToTheEpochInWhichItLeft() public {
        _enter(_start + 4);
        _assign(_jobId, _ids(_id), _ids(_id + 1));
        _commitService(_jobId, _id, _start + 3, 255 * 4);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_NothingDue.selector, _jobId, _id, _start + 3));
        escrow.settle(_jobId, _id, _start + 3, 255 * 4, _noProof());
        uint256 paid = _serve(_jobId, _id, _start + 4, 255 * 5);
        vm.assertEq(paid, (RATE * 5 * 85) / 100, "five epochs");
        vm.assertEq(escrow.refundable(_jobId), 0, "the successor's epochs stay");
    }

    function test_returnsTheRestOfAJobThatIsOver() public {
        _serve(_jobId, _id, _start + 29, 255 * 30);
        _serve(_jobId, _id, _start + 59, 255 * 40);
        vm.assertEq(escrow.nodesOf(_jobId).length, 0, "no place is taken");
        uint256 gross = RATE * 10;
        uint256 rest = RATE * 30 - (gross - gross / 10);
        vm.assertEq(escrow.refund(_jobId), rest, "what nobody earned");
        vm.assertEq(r1.balanceOf(developer), rest, "to the owner");
        vm.assertEq(r1.balanceOf(address(escrow)), 0, "nothing is left behind");
    }

    function test_settlesAJobWithoutService() public {
        _serve(_jobId, _id, _start + 59, 0);
        vm.assertEq(escrow.refund(_jobId), RATE * 60, "all of it comes back");
    }

    function test_holdsThePaymentOfTheBanned() public {
        _banDeed(_nd(_id));
        uint256 paid = _serve(_jobId, _id, _start + 29, 255 * 30);
        vm.assertEq(r1.balanceOf(_owner), 0, "not paid");
        vm.assertEq(escrow.heldOf(_id), paid, "held");
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_StillBanned.selector, _id));
        escrow.payHeld(_id);
        _unbanDeed(_nd(_id));
        _ban(_owner);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_StillBanned.selector, _id));
        escrow.payHeld(_id);
        _unban(_owner);
        escrow.payHeld(_id);
        vm.assertEq(r1.balanceOf(_owner), paid, "paid after the ban");
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_NothingHeld.selector, _id));
        escrow.payHeld(_id);
    }

    function test_paysTheOwnerOfTheDay_atThePayeeItSet() public {
        address buyer = _operator("buyer", 0);
        vm.prank(_owner);
        nodeDeed.transferFrom(_owner, buyer, _id);
        vm.prank(buyer);
        operators.setPayee(address(0xbeef));
        uint256 paid = _serve(_jobId, _id, _start + 29, 255 * 30);
        vm.assertEq(r1.balanceOf(address(0xbeef)), paid, "what it accrued travels with the deed");
    }

    function test_refusesOtherProofs() public {
        uint64 epoch = _start + 29;
        _commitService(_jobId, _id, epoch, 7_650);
        bytes memory invalid = abi.encodeWithSelector(IJobEscrow.JobEscrow_InvalidProof.selector);
        vm.expectRevert(invalid);
        escrow.settle(_jobId, _id, epoch, 7_649, _noProof());
        vm.expectRevert(invalid);
        escrow.settle(_jobId, _id + 1, epoch, 7_650, _noProof());
        vm.expectRevert(invalid);
        escrow.settle(_jobId + 1, _id, epoch, 7_650, _noProof());
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_NoRoot.selector, epoch + 1));
        escrow.settle(_jobId, _id, epoch + 1, 7_650, _noProof());
    }

    function test_anAvailabilityLeafIsNoServiceLeaf() public {
        _commitLeaf(_start + 29, _nd(_id), 7_650);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_InvalidProof.selector));
        escrow.settle(_jobId, _id, _start + 29, 7_650, _noProof());
    }

    function test_passesOverWhatIsNotDue() public {
        uint256 jobId = _createJob(3, 60);
        _assign(jobId, _noIds(), _idsFrom(_id, 2));
        _enter(_start + 10);
        _assign(jobId, _noIds(), _ids(_id + 2));
        uint16[] memory ids = _idsFrom(_id, 3);
        uint256[] memory sums = new uint256[](3);
        (sums[0], sums[1], sums[2]) = (255 * 30, 255 * 30, 255 * 19);
        bytes32[] memory tree = _tree(jobId, ids, sums);
        _commit(_start + 29, MerkleTree.root(tree));
        uint256[] memory leaves = new uint256[](3);
        (leaves[0], leaves[1], leaves[2]) = (0, 1, 2);
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(tree, leaves);
        uint256 paid = escrow.settleMany(jobId, _start + 29, ids, sums, proof, flags);
        vm.assertEq(paid, 2 * ((RATE * 30 * 85) / 100), "two terms");
        vm.assertEq(escrow.serviceOf(jobId, _id + 2).from, _start + 11, "the third goes on");
    }

    function test_refusesEmptyAndUnevenBatches() public {
        uint256[] memory one = new uint256[](1);
        bool[] memory noFlags = new bool[](0);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_LengthMismatch.selector, 0, 1));
        escrow.settleMany(_jobId, _start, _noIds(), one, _noProof(), noFlags);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_LengthMismatch.selector, 2, 1));
        escrow.settleMany(_jobId, _start, _idsFrom(_id, 2), one, _noProof(), noFlags);
    }

    function test_refusesAJobThatDidNotStart() public {
        uint256 jobId = _createJob(1, 30);
        _commitService(jobId, _id, _start, 1);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_NotStarted.selector, jobId));
        escrow.settle(jobId, _id, _start, 1, _noProof());
    }

    function testFuzz_partsAddUp(uint256 bytesServed) public {
        bytesServed = _between(bytesServed, 0, 255 * 30);
        uint256 supply = r1.totalSupply();
        uint256 before = escrow.jobOf(_jobId).balance;
        uint256 paid = _serve(_jobId, _id, _start + 29, bytesServed);
        uint256 burned = supply - r1.totalSupply();
        vm.assertEq(before - escrow.jobOf(_jobId).balance, paid + burned, "what left the job was paid or burned");
        uint256 gross = (RATE * bytesServed) / 255;
        uint256 earned = bytesServed >= 7_497 ? gross : gross - (gross + 9) / 10;
        vm.assertEq(paid + burned, earned, "gross less the penalty");
        vm.assertEq(paid, (earned * 85) / 100, "85 %");
    }
}
