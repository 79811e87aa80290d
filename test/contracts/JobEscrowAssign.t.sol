// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {IOracleRegistry} from "../../contracts/interfaces/IOracleRegistry.sol";
import {CompactSignature} from "../../contracts/types/EpochReport.sol";
import {JobFixture} from "../helpers/JobFixture.sol";

/**
 * assign
 * ├── given a job that waits: it starts with the next epoch
 * ├── given places: it puts deeds in and takes deeds out in one call
 * ├── when signed by fewer than a quorum, twice, late, for another sequence: it reverts
 * ├── when a deed is banned, its owner is, it has no node, it serves already, it left and is not settled: it reverts
 * └── given a job that is over, or too few places: it reverts
 */
contract JobEscrowAssignTest is JobFixture {
    uint256 private _jobId;
    uint16 private _first;

    function setUp() public override {
        super.setUp();
        _first = _servers(4);
        _jobId = _createJob(3, 40);
    }

    function test_startsTheJob() public {
        uint64 epoch = ledger.currentEpoch();
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        IJobEscrow.Job memory job = escrow.jobOf(_jobId);
        vm.assertEq(job.start, epoch + 1, "next epoch");
        vm.assertEq(job.active, 2, "two places taken");
        vm.assertEq(job.sequence, 1, "one assignment");
        IJobEscrow.Service memory service = escrow.serviceOf(_jobId, _first);
        vm.assertEq(service.from, epoch + 1, "paid from the next epoch");
        vm.assertEq(service.to, epoch + 41, "to the job's end");
        vm.assertTrue(service.isActive, "serves");
    }

    function test_replaces() public {
        _assign(_jobId, _noIds(), _idsFrom(_first, 3));
        _enter(ledger.currentEpoch() + 5);
        _assign(_jobId, _ids(_first), _ids(_first + 3));
        uint16[] memory serving = escrow.nodesOf(_jobId);
        vm.assertEq(serving.length, 3, "three");
        IJobEscrow.Service memory left = escrow.serviceOf(_jobId, _first);
        vm.assertFalse(left.isActive, "left");
        vm.assertEq(left.to, ledger.currentEpoch() + 1, "paid up to the running epoch");
        vm.assertEq(escrow.serviceOf(_jobId, _first + 3).from, ledger.currentEpoch() + 1, "paid from the next one");
    }

    function test_holdsManyPlaces() public {
        uint16 first = uint16(_buy(_operator("big", 0), 20));
        for (uint256 i = 0; i < 20; ++i) _associate(_nd(first + i), _key("big node", i));
        uint256 jobId = _createJob(20, 30);
        _assign(jobId, _noIds(), _idsFrom(first, 20));
        _assign(jobId, _idsFrom(first + 3, 9), _noIds());
        uint16[] memory serving = escrow.nodesOf(jobId);
        vm.assertEq(serving.length, 11, "eleven stay");
        uint256 sum = 0;
        for (uint256 i = 0; i < 11; ++i) sum += serving[i] - first;
        vm.assertEq(sum, 0 + 1 + 2 + 12 + 13 + 14 + 15 + 16 + 17 + 18 + 19, "the right ones");
    }

    function test_refusesFewSignatures() public {
        IJobEscrow.Assignment memory assignment = _assignment(_jobId, _noIds(), _ids(_first));
        CompactSignature[] memory all = _signed(assignment);
        CompactSignature[] memory few = new CompactSignature[](2);
        (few[0], few[1]) = (all[0], all[1]);
        vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_TooFewSignatures.selector, 2, 3));
        escrow.assign(assignment, few);
    }

    function test_takesEffectOnce() public {
        IJobEscrow.Assignment memory assignment = _assignment(_jobId, _noIds(), _ids(_first));
        CompactSignature[] memory signed = _signed(assignment);
        escrow.assign(assignment, signed);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_WrongSequence.selector, _jobId, 0, 1));
        escrow.assign(assignment, signed);
    }

    function test_refusesWhatIsLateOrEmpty() public {
        IJobEscrow.Assignment memory assignment = _assignment(_jobId, _noIds(), _ids(_first));
        CompactSignature[] memory signed = _signed(assignment);
        vm.warp(_now() + 1);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_Expired.selector, assignment.deadline, _now()));
        escrow.assign(assignment, signed);
        _expect(_jobId, _noIds(), _noIds(), abi.encodeWithSelector(IJobEscrow.JobEscrow_NothingAssigned.selector));
    }

    function test_refusesDeedsThatDoNotServe() public {
        bytes memory refusal = abi.encodeWithSelector(IJobEscrow.JobEscrow_NotServing.selector, _first);
        _banDeed(_nd(_first));
        _expect(_jobId, _noIds(), _ids(_first), refusal);
        _unbanDeed(_nd(_first));
        address owner = _ownerOf(_nd(_first));
        _ban(owner);
        _expect(_jobId, _noIds(), _ids(_first), refusal);
        _unban(owner);
        vm.prank(owner);
        nodes.dissociate(_nd(_first));
        _expect(_jobId, _noIds(), _ids(_first), refusal);
        _expect(_jobId, _noIds(), _ids(9_999), abi.encodeWithSelector(IJobEscrow.JobEscrow_NotServing.selector, 9_999));
    }

    function test_refusesDeedsTwice() public {
        _join(_jobId, _first);
        bytes memory twice = abi.encodeWithSelector(IJobEscrow.JobEscrow_AlreadyAssigned.selector, _jobId, _first);
        _expect(_jobId, _noIds(), _ids(_first), twice);
        uint16[] memory same = new uint16[](2);
        (same[0], same[1]) = (_first + 1, _first + 1);
        twice = abi.encodeWithSelector(IJobEscrow.JobEscrow_AlreadyAssigned.selector, _jobId, _first + 1);
        _expect(_jobId, _noIds(), same, twice);
        bytes memory notThere = abi.encodeWithSelector(IJobEscrow.JobEscrow_NotAssigned.selector, _jobId, _first + 2);
        _expect(_jobId, _ids(_first + 2), _noIds(), notThere);
    }

    function test_letsADeedComeBackOnceSettled() public {
        _join(_jobId, _first);
        uint64 epoch = ledger.currentEpoch() + 2;
        _enter(epoch);
        _assign(_jobId, _ids(_first), _noIds());
        bytes memory unsettled = abi.encodeWithSelector(IJobEscrow.JobEscrow_Unsettled.selector, _jobId, _first);
        _expect(_jobId, _noIds(), _ids(_first), unsettled);
        _serve(_jobId, _first, epoch, 500);
        _join(_jobId, _first);
        vm.assertEq(escrow.serviceOf(_jobId, _first).settled, 500, "what was settled stays settled");
    }

    function test_refusesWithoutPlaces() public {
        bytes memory full = abi.encodeWithSelector(IJobEscrow.JobEscrow_NoPlace.selector, _jobId, 4, 3);
        _expect(_jobId, _noIds(), _idsFrom(_first, 4), full);
    }

    function test_refusesJobsThatAreOver() public {
        bytes memory over = abi.encodeWithSelector(IJobEscrow.JobEscrow_Over.selector, _jobId);
        _join(_jobId, _first);
        _enter(_lastEpoch(_jobId));
        _expect(_jobId, _noIds(), _ids(_first + 1), over);

        uint256 closed = _createJob(1, 30);
        vm.prank(developer);
        escrow.close(closed);
        over = abi.encodeWithSelector(IJobEscrow.JobEscrow_Over.selector, closed);
        _expect(closed, _noIds(), _ids(_first + 1), over);
        _expect(77, _noIds(), _ids(_first), abi.encodeWithSelector(IJobEscrow.JobEscrow_NoJob.selector, 77));
    }

    function _expect(uint256 jobId, uint16[] memory leaving, uint16[] memory joining, bytes memory reason) private {
        IJobEscrow.Assignment memory assignment = _assignment(jobId, leaving, joining);
        CompactSignature[] memory signed = _signed(assignment);
        vm.expectRevert(reason);
        escrow.assign(assignment, signed);
    }
}
