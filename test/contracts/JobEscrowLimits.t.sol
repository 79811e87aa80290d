// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {JobFixture} from "../helpers/JobFixture.sol";

/**
 * The last value that is allowed, and the first that is not
 * ├── of a term, a job's nodes, epochs and rate, when it is made and when it is changed
 * └── of the epochs in which a running job can be changed
 */
contract JobEscrowLimitsTest is JobFixture {
    uint16 private _first;

    function setUp() public override {
        super.setUp();
        _first = _servers(1);
    }

    function test_terms() public {
        this.createEscrow(1);
        this.createEscrow(3_650);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_BadTerm.selector, 0));
        this.createEscrow(0);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_BadTerm.selector, 3_651));
        this.createEscrow(3_651);
    }

    function test_nodesAndEpochs() public {
        uint256 jobId = _createJob(64, 30);
        vm.assertEq(escrow.jobOf(jobId).nodes, 64, "as many nodes as there can be");
        jobId = _createJob(1, 3_650);
        vm.assertEq(escrow.jobOf(jobId).epochs, 3_650, "as long as can be");

        jobId = _createJob(62, 30);
        _endow(developer, RATE * (2 * 30 + 64 * 3_620));
        vm.startPrank(developer);
        escrow.scaleUp(jobId, 2);
        escrow.extend(jobId, 3_620);
        vm.stopPrank();
        vm.assertEq(escrow.jobOf(jobId).balance, RATE * 64 * 3_650, "both, and paid for");
    }

    function test_rates() public {
        uint256 most = type(uint80).max;
        _mockRate(most + 1);
        IJobEscrow.JobRequest memory request = _request(1, 30);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_RateTooHigh.selector, most + 1));
        escrow.create(request);

        _mockRate(most);
        _endow(developer, most * 30);
        vm.prank(developer);
        uint256 jobId = escrow.create(request);
        vm.assertEq(escrow.jobOf(jobId).rate, most, "the dearest");
        vm.assertEq(escrow.jobOf(jobId).balance, most * 30, "and its deposit");
    }

    function test_aRunningJobGrowsThroughTheEpochBeforeItsLast() public {
        uint256 jobId = _createJob(1, 30);
        _join(jobId, _first);
        _enter(_lastEpoch(jobId) - 1);
        _endow(developer, RATE);
        vm.prank(developer);
        escrow.scaleUp(jobId, 1);
        vm.assertEq(escrow.jobOf(jobId).balance, RATE * 31, "one epoch of one more");
        _enter(_lastEpoch(jobId));
        vm.prank(developer);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_Over.selector, jobId));
        escrow.scaleUp(jobId, 1);
    }

    function test_closingInTheLastEpochChangesNothing() public {
        uint256 jobId = _createJob(1, 30);
        _join(jobId, _first);
        _enter(_lastEpoch(jobId));
        vm.prank(developer);
        escrow.close(jobId);
        vm.assertEq(escrow.jobOf(jobId).epochs, 30, "its last epoch runs and is paid");
        vm.assertEq(escrow.jobOf(jobId).balance, RATE * 30, "all of it");
    }

    function test_refusesToGiveUpNoPlace() public {
        uint256 jobId = _createJob(2, 30);
        vm.prank(developer);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_NodesOutOfRange.selector, 0, 1, 1));
        escrow.scaleDown(jobId, 0, _noIds());
    }

    function createEscrow(uint256 term) external {
        bytes memory wiring = abi.encode(r1, ledger, oracleRegistry, nodes, operators, nodeDeed, catalog);
        _create("JobEscrow.sol:JobEscrow", bytes.concat(abi.encode(manager, term), wiring));
    }

    function _mockRate(uint256 rate) private {
        vm.mockCall(address(catalog), abi.encodeCall(catalog.rateOf, (LOW1, 0)), abi.encode(rate));
    }
}
