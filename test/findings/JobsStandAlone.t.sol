// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {JobFixture} from "../helpers/JobFixture.sol";

// Found elsewhere: allocation loops over every escrow, job and node; one job with a wrong balance stops all others; small jobs that
// wait make it dearer for everybody; each idle epoch adds gas.
// ├── a settlement and an assignment cost the same beside one job and beside many others, in whatever state
// ├── a settlement costs the same however many epochs nobody did anything
// └── given a job that cannot be settled: the one beside it is
contract JobsStandAloneTest is JobFixture {
    /// @dev Zero bytes in the calldata, and slots that a test touched before.
    uint256 private constant SLACK = 500;

    uint16 private _first;

    function setUp() public override {
        super.setUp();
        _first = _servers(3);
    }

    function testFuzz_OtherJobsCostNothing(uint256 others) public {
        others = _between(others, 2, 25);
        (uint256 assignAlone, uint256 settleAlone) = _gasOfAJob(_first);
        for (uint256 i = 0; i < others; ++i) _otherJob(i);
        (uint256 assignBeside, uint256 settleBeside) = _gasOfAJob(_first + 1);
        vm.assertLe(assignBeside, assignAlone + SLACK, "to assign");
        vm.assertLe(settleBeside, settleAlone + SLACK, "to settle");
    }

    function testFuzz_IdleEpochsCostNothing(uint256 idle) public {
        idle = _between(idle, 1, 1000);
        (, uint256 busy) = _gasOfAJob(_first);
        vm.warp(_now() + idle * EPOCH);
        (, uint256 afterwards) = _gasOfAJob(_first + 1);
        vm.assertLe(afterwards, busy + SLACK, "the same gas");
    }

    function test_AJobThatCannotBeSettledStopsNoOther() public {
        uint256 stuck = _createJob(1, 30);
        uint256 sound = _createJob(1, 30);
        _join(stuck, _first);
        _join(sound, _first + 1);
        uint64 last = _lastEpoch(sound);
        _commitService(sound, _first + 1, last, 255 * 30);
        vm.expectRevert(IJobEscrow.JobEscrow_InvalidProof.selector);
        escrow.settle(stuck, _first, last, 255 * 30, _noProof());
        uint256 paid = escrow.settle(sound, _first + 1, last, 255 * 30, _noProof());
        vm.assertEq(paid, (RATE * 30 * 85) / 100, "paid in full");
        vm.assertEq(escrow.jobOf(stuck).balance, RATE * 30, "out of its own money");
    }

    /// @dev Waiting, running, closed before it began, or closed while it runs.
    function _otherJob(uint256 i) private {
        uint256 jobId = _createJob(1, 30);
        if (i % 4 == 1 || i % 4 == 3) _join(jobId, _first + 2);
        vm.prank(developer);
        if (i % 4 > 1) escrow.close(jobId);
        else escrow.offerDelegation(address(this), 0);
    }

    function _gasOfAJob(uint16 id) private returns (uint256 assigning, uint256 settling) {
        uint256 jobId = _createJob(1, 30);
        IJobEscrow.Assignment memory assignment = _assignment(jobId, _noIds(), _ids(id));
        uint256 before = gasleft();
        escrow.assign(assignment, _signed(assignment));
        assigning = before - gasleft();
        uint64 last = _lastEpoch(jobId);
        _commitService(jobId, id, last, 255 * 30);
        before = gasleft();
        escrow.settle(jobId, id, last, 255 * 30, _noProof());
        settling = before - gasleft();
    }
}
