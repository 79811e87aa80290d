// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {JobFixture} from "../helpers/JobFixture.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";

/**
 * What the escrow tells: keepers know of jobs by its events alone
 * ├── a job that is made, extended, scaled, specified anew and closed
 * ├── deeds that join, leave and are released, and from when
 * ├── what is settled, passed over, held, paid later and refunded; nothing of what is nothing
 * └── what is offered to delegates and accepted
 */
contract JobEscrowEventsTest is JobFixture {
    uint256 private _jobId;
    uint16 private _first;
    uint64 private _start;

    function setUp() public override {
        super.setUp();
        _first = _servers(3);
        _jobId = _createJob(3, 40);
        _start = ledger.currentEpoch() + 1;
    }

    function test_tellsOfAJobWithAllItsTerms() public {
        uint256 rate = 3.15 ether;
        feed.updateAnswer(1e8);
        _endow(developer, rate * 2 * 45);
        IJobEscrow.JobRequest memory request = IJobEscrow.JobRequest(SPEC, LOW1, G_MED, 2, 45, rate * 90, _now());
        vm.prank(developer);
        vm.expectEmit(address(escrow));
        emit IJobEscrow.JobCreated(2, developer, SPEC, LOW1, G_MED, 2, 45, rate, rate * 90);
        vm.assertEq(escrow.create(request), 2, "the second job");
        IJobEscrow.Job memory job = escrow.jobOf(2);
        vm.assertEq(job.class, LOW1, "class");
        vm.assertEq(job.gpu, G_MED, "add-on");
        vm.assertEq(job.nodes, 2, "nodes");
        vm.assertEq(job.epochs, 45, "epochs");
        vm.assertEq(job.active, 0, "no place is taken");
        vm.assertEq(job.sequence, 0, "nothing is assigned");
    }

    function test_tellsOfChanges() public {
        _endow(developer, RATE * 3 * 10 + RATE * 2 * 50);
        vm.startPrank(developer);
        vm.expectEmit(address(escrow));
        emit IJobEscrow.JobExtended(_jobId, 50, RATE * 3 * 10);
        escrow.extend(_jobId, 10);
        vm.expectEmit(address(escrow));
        emit IJobEscrow.JobScaled(_jobId, 5, RATE * 2 * 50);
        escrow.scaleUp(_jobId, 2);
        vm.expectEmit(address(escrow));
        emit IJobEscrow.SpecChanged(_jobId, keccak256("other"));
        escrow.changeSpec(_jobId, keccak256("other"));
        vm.recordLogs();
        escrow.scaleDown(_jobId, 1, _noIds());
        vm.assertEq(vm.getRecordedLogs().length, 1, "nobody is released");
        vm.expectEmit(address(escrow));
        emit IJobEscrow.JobScaled(_jobId, 3, 0);
        escrow.scaleDown(_jobId, 1, _noIds());
        vm.expectEmit(address(escrow));
        emit IJobEscrow.JobClosed(_jobId, 0);
        vm.expectEmit(address(escrow));
        emit IJobEscrow.Refunded(_jobId, developer, RATE * (150 + 100));
        escrow.close(_jobId);
        vm.stopPrank();
    }

    function test_tellsWhoServesAndFromWhen() public {
        IJobEscrow.Assignment memory assignment = _assignment(_jobId, _noIds(), _idsFrom(_first, 2));
        vm.expectEmit(address(escrow));
        emit IJobEscrow.NodesAssigned(_jobId, 0, _noIds(), _idsFrom(_first, 2), _start);
        escrow.assign(assignment, _signed(assignment));
        _enter(_start + 4);
        assignment = _assignment(_jobId, _ids(_first + 1), _ids(_first + 2));
        vm.expectEmit(address(escrow));
        emit IJobEscrow.NodesAssigned(_jobId, 1, _ids(_first + 1), _ids(_first + 2), _start + 5);
        escrow.assign(assignment, _signed(assignment));

        vm.startPrank(developer);
        escrow.scaleDown(_jobId, 1, _noIds());
        vm.expectEmit(address(escrow));
        emit IJobEscrow.JobScaled(_jobId, 1, 0);
        vm.expectEmit(address(escrow));
        emit IJobEscrow.NodesReleased(_jobId, _ids(_first), _start + 6);
        escrow.scaleDown(_jobId, 1, _ids(_first));
        vm.expectEmit(address(escrow));
        emit IJobEscrow.JobClosed(_jobId, _start + 6);
        escrow.close(_jobId);
        vm.stopPrank();
    }

    function test_tellsWhatIsSettled() public {
        _join(_jobId, _first);
        uint256 served = 255 * 29;
        uint256 gross = RATE * 29;
        uint256 earned = gross - gross / 10;
        uint256 paid = (earned * 85) / 100;
        address owner = _ownerOf(_nd(_first));
        _commitService(_jobId, _first, _start + 29, served);
        vm.expectEmit(address(escrow));
        emit IJobEscrow.Settled(_jobId, _first, owner, 30, served, paid, earned - paid, gross / 10);
        escrow.settle(_jobId, _first, _start + 29, served, _noProof());
    }

    function test_tellsWhomItPassesOver() public {
        _join(_jobId, _first);
        uint256[] memory sums = new uint256[](1);
        sums[0] = 255;
        _commit(_start, MerkleTree.root(_tree(_jobId, _ids(_first), sums)));
        vm.expectEmit(address(escrow));
        emit IJobEscrow.SettlementSkipped(_jobId, _first);
        uint256 paid = escrow.settleMany(_jobId, _start, _ids(_first), sums, _noProof(), new bool[](0));
        vm.assertEq(paid, 0, "nothing is due");
    }

    function test_tellsWhatIsHeldAndPaidLater() public {
        _join(_jobId, _first);
        uint256 paid = (RATE * 30 * 85) / 100;
        address owner = _ownerOf(_nd(_first));
        _banDeed(_nd(_first));
        _commitService(_jobId, _first, _start + 29, 255 * 30);
        vm.expectEmit(address(escrow));
        emit IJobEscrow.Settled(_jobId, _first, owner, 30, 255 * 30, paid, RATE * 30 - paid, 0);
        vm.expectEmit(address(escrow));
        emit IJobEscrow.PaymentHeld(_first, paid);
        escrow.settle(_jobId, _first, _start + 29, 255 * 30, _noProof());
        _unbanDeed(_nd(_first));
        vm.expectEmit(address(escrow));
        emit IJobEscrow.HeldPaid(_first, owner, paid);
        vm.assertEq(escrow.payHeld(_first), paid, "what was held");
        vm.assertEq(escrow.heldOf(_first), 0, "and no more");
    }

    function test_whatIsHeldAddsUp() public {
        uint256 other = _createJob(1, 40);
        _join(_jobId, _first);
        _join(other, _first);
        _banDeed(_nd(_first));
        uint256 first = _serve(_jobId, _first, _start + 29, 255 * 30);
        uint256 second = _serve(other, _first, _start + 30, 255 * 31);
        vm.assertTrue(first > 0 && second > first, "both are earned");
        vm.assertEq(escrow.heldOf(_first), first + second, "the sum of both");
    }

    function test_tellsOfRefunds_butNotOfNothing() public {
        vm.recordLogs();
        vm.assertEq(escrow.refund(_jobId), 0, "all of it is bound");
        vm.assertEq(vm.getRecordedLogs().length, 0, "no refund, no event, no transfer");
        vm.prank(developer);
        escrow.scaleDown(_jobId, 1, _noIds());
        vm.expectEmit(address(escrow));
        emit IJobEscrow.Refunded(_jobId, developer, RATE * 40);
        escrow.refund(_jobId);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_NoJob.selector, 77));
        escrow.refund(77);
    }

    function test_refundsTheLastWei() public {
        vm.mockCall(address(catalog), abi.encodeCall(catalog.rateOf, (LOW1, 0)), abi.encode(1));
        uint256 jobId = _createJob(1, 30);
        vm.assertEq(escrow.jobOf(jobId).balance, 30, "a wei an epoch");
        _join(jobId, _first);
        _serve(jobId, _first, _start + 29, 255 * 30 - 1);
        vm.assertEq(escrow.refund(jobId), 1, "what rounding left");
        vm.assertEq(escrow.jobOf(jobId).balance, 0, "is not left behind");
    }

    function test_tellsOfDelegation() public {
        address helper = vm.addr(_key("helper", 0));
        vm.expectEmit(address(escrow));
        emit IJobEscrow.DelegationOffered(developer, helper, 9);
        vm.prank(developer);
        escrow.offerDelegation(helper, 9);
        vm.expectEmit(address(escrow));
        emit IJobEscrow.DelegationAccepted(developer, helper, 8);
        vm.prank(helper);
        escrow.acceptDelegation(developer, 8);
        vm.assertEq(escrow.rightsOf(helper, developer), 0, "one way only");
    }

    function test_changesAreAllowedThroughTheLastEpoch() public {
        _assign(_jobId, _noIds(), _idsFrom(_first, 3));
        _enter(_lastEpoch(_jobId));
        vm.prank(developer);
        escrow.changeSpec(_jobId, keccak256("other"));
        _endow(developer, RATE * 3);
        vm.prank(developer);
        escrow.extend(_jobId, 1);
        vm.assertEq(escrow.jobOf(_jobId).epochs, 41, "one more");
    }
}
