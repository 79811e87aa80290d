// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {JobFixture} from "../helpers/JobFixture.sol";

/**
 * extend, scaleUp, scaleDown, changeSpec, close, refund, delegation
 * ├── given a job that waits: everything can change; closing gives all of it back
 * ├── given a job that runs: longer and wider cost its own rate; narrower and closing give an epoch's notice
 * ├── given a job that is over: nothing can change
 * └── given a delegate: only what was offered and accepted, and refunds go to the owner
 */
contract JobEscrowChangeTest is JobFixture {
    address private _helper;
    uint256 private _jobId;
    uint16 private _first;

    function setUp() public override {
        super.setUp();
        _first = _servers(3);
        _jobId = _createJob(2, 40);
        _helper = vm.addr(_key("helper", 0));
    }

    function test_closesAJobThatWaits() public {
        vm.prank(developer);
        escrow.close(_jobId);
        vm.assertEq(r1.balanceOf(developer), RATE * 80, "all of it");
        _expect(developer, abi.encodeWithSelector(IJobEscrow.JobEscrow_Over.selector, _jobId));
        escrow.close(_jobId);
    }

    function test_closesARunningJobWithAnEpochOfNotice() public {
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        uint64 start = uint64(escrow.jobOf(_jobId).start);
        _enter(start + 9);
        vm.prank(developer);
        escrow.close(_jobId);
        vm.assertEq(escrow.jobOf(_jobId).epochs, 11, "the running epoch and one more");
        vm.assertEq(r1.balanceOf(developer), RATE * 2 * 29, "the rest");
        _serve(_jobId, _first, start + 10, 255 * 11);
        _serve(_jobId, _first + 1, start + 11, 255 * 11);
        vm.assertEq(r1.balanceOf(address(escrow)), 0, "all of it is paid");
    }

    function test_neverServesForNothing() public {
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        vm.prank(developer);
        escrow.close(_jobId);
        vm.assertEq(escrow.jobOf(_jobId).balance, RATE * 2, "one epoch is owed");
    }

    function test_extendsAtItsOwnRate() public {
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        feed.updateAnswer(0.5e8);
        _endow(developer, RATE * 2 * 10);
        vm.prank(developer);
        escrow.extend(_jobId, 10);
        IJobEscrow.Job memory job = escrow.jobOf(_jobId);
        vm.assertEq(job.epochs, 50, "ten more");
        vm.assertEq(job.balance, RATE * 2 * 50, "paid");
        vm.assertEq(escrow.refundable(_jobId), 0, "and bound");
    }

    function test_scalesUpForTheRest() public {
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        _enter(uint64(escrow.jobOf(_jobId).start) + 9);
        _endow(developer, RATE * 30);
        vm.prank(developer);
        escrow.scaleUp(_jobId, 1);
        vm.assertEq(escrow.jobOf(_jobId).balance, RATE * (80 + 30), "thirty epochs of one place");
        _join(_jobId, _first + 2);
    }

    function test_scalesDown() public {
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        uint64 start = uint64(escrow.jobOf(_jobId).start);
        _enter(start + 9);
        vm.prank(developer);
        escrow.scaleDown(_jobId, 1, _ids(_first));
        vm.assertEq(escrow.refund(_jobId), RATE * 29, "the place's rest, but for the notice");
        vm.assertEq(escrow.serviceOf(_jobId, _first).to, start + 11, "one epoch of notice");
        vm.assertEq(escrow.nodesOf(_jobId)[0], _first + 1, "the other stays");
    }

    function test_scalesDownFreePlaces() public {
        _join(_jobId, _first);
        vm.prank(developer);
        escrow.scaleDown(_jobId, 1, _noIds());
        vm.assertEq(escrow.refund(_jobId), RATE * 40, "a whole place");
        _expect(developer, abi.encodeWithSelector(IJobEscrow.JobEscrow_NodesOutOfRange.selector, 1, 1, 0));
        escrow.scaleDown(_jobId, 1, _noIds());
    }

    function test_refusesToDropTakenPlacesUnnamed() public {
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        _expect(developer, abi.encodeWithSelector(IJobEscrow.JobEscrow_WrongLeavers.selector, _jobId, 2, 1));
        escrow.scaleDown(_jobId, 1, _noIds());
        _expect(developer, abi.encodeWithSelector(IJobEscrow.JobEscrow_WrongLeavers.selector, _jobId, 0, 1));
        escrow.scaleDown(_jobId, 1, _idsFrom(_first, 2));
    }

    function test_refusesRanges() public {
        bytes4 epochs = IJobEscrow.JobEscrow_EpochsOutOfRange.selector;
        _expect(developer, abi.encodeWithSelector(epochs, 40, 30, 3650));
        escrow.extend(_jobId, 0);
        _expect(developer, abi.encodeWithSelector(epochs, 3651, 30, 3650));
        escrow.extend(_jobId, 3611);
        bytes4 places = IJobEscrow.JobEscrow_NodesOutOfRange.selector;
        _expect(developer, abi.encodeWithSelector(places, 2, 1, 64));
        escrow.scaleUp(_jobId, 0);
        _expect(developer, abi.encodeWithSelector(places, 65, 1, 64));
        escrow.scaleUp(_jobId, 63);
        _expect(developer, abi.encodeWithSelector(IJobEscrow.JobEscrow_NoSpec.selector));
        escrow.changeSpec(_jobId, 0);
    }

    function test_changesNothingWhenOver() public {
        _join(_jobId, _first);
        _enter(_lastEpoch(_jobId) + 1);
        bytes memory over = abi.encodeWithSelector(IJobEscrow.JobEscrow_Over.selector, _jobId);
        _expect(developer, over);
        escrow.extend(_jobId, 1);
        _expect(developer, over);
        escrow.scaleUp(_jobId, 1);
        _expect(developer, over);
        escrow.scaleDown(_jobId, 1, _noIds());
        _expect(developer, over);
        escrow.changeSpec(_jobId, SPEC);
        _expect(developer, over);
        escrow.close(_jobId);
    }

    function test_delegatesDoWhatWasOfferedAndAccepted() public {
        vm.prank(developer);
        escrow.offerDelegation(_helper, 1 | 8);
        _expect(_helper, abi.encodeWithSelector(IJobEscrow.JobEscrow_NotAllowed.selector, _jobId, _helper, 8));
        escrow.changeSpec(_jobId, keccak256("new"));
        _expect(_helper, abi.encodeWithSelector(IJobEscrow.JobEscrow_NotOffered.selector, developer, _helper, 4));
        escrow.acceptDelegation(developer, 4);
        vm.prank(_helper);
        escrow.acceptDelegation(developer, 8);
        vm.assertEq(escrow.rightsOf(developer, _helper), 8, "what both want");
        vm.prank(_helper);
        escrow.changeSpec(_jobId, keccak256("new"));
        vm.assertEq(escrow.jobOf(_jobId).specHash, keccak256("new"), "changed");
        bytes4 refused = IJobEscrow.JobEscrow_NotAllowed.selector;
        _expect(_helper, abi.encodeWithSelector(refused, _jobId, _helper, 1));
        escrow.extend(_jobId, 1);
        _expect(_helper, abi.encodeWithSelector(refused, _jobId, _helper, 2));
        escrow.scaleUp(_jobId, 1);
        _expect(_helper, abi.encodeWithSelector(refused, _jobId, _helper, 4));
        escrow.close(_jobId);
        vm.prank(developer);
        escrow.offerDelegation(_helper, 0);
        _expect(_helper, abi.encodeWithSelector(refused, _jobId, _helper, 8));
        escrow.changeSpec(_jobId, SPEC);
    }

    function test_refundsGoToTheOwner() public {
        vm.prank(developer);
        escrow.offerDelegation(_helper, 4);
        vm.prank(_helper);
        escrow.acceptDelegation(developer, 4);
        vm.prank(_helper);
        escrow.close(_jobId);
        vm.assertEq(r1.balanceOf(developer), RATE * 80, "not to the delegate");
    }

    function test_oneJobDoesNotPayForAnother() public {
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        uint256 other = _createJobOf(_helper, 1, 40);
        vm.prank(developer);
        escrow.close(_jobId);
        vm.assertEq(escrow.jobOf(other).balance, RATE * 40, "untouched");
        vm.assertEq(escrow.refund(other), 0, "and bound");
    }

    function _expect(address caller, bytes memory reason) private {
        vm.prank(caller);
        vm.expectRevert(reason);
    }
}
