// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {CompactSignature} from "../../contracts/types/EpochReport.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {JobFixture} from "../helpers/JobFixture.sol";

/**
 * Everybody tries
 * ├── a quorum of oracles: one assignment twice, two for one place, a Master deed, a deed that was banned meanwhile, inflated sums
 * ├── an owner: every change in one epoch, in any order; using a deed and sending it away
 * ├── a delegate: what was taken from it, also when it is offered again
 * ├── a deed's owner: odd payees, serving through a ban
 * └── anybody: R1 sent to the escrow, a deed settled late
 */
contract JobEscrowHostileTest is JobFixture {
    uint256 private _jobId;
    uint16 private _first;

    function setUp() public override {
        super.setUp();
        _first = _servers(4);
        _jobId = _createJob(2, 40);
    }

    function test_aSequenceIsUsedOnce_whateverElseIsSigned() public {
        IJobEscrow.Assignment memory one = _assignment(_jobId, _noIds(), _ids(_first));
        IJobEscrow.Assignment memory other = _assignment(_jobId, _noIds(), _ids(_first + 1));
        CompactSignature[] memory signedOther = _signed(other);
        escrow.assign(one, _signed(one));
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_WrongSequence.selector, _jobId, 0, 1));
        escrow.assign(other, signedOther);
    }

    function test_signaturesAreForOneAssignment() public {
        IJobEscrow.Assignment memory one = _assignment(_jobId, _noIds(), _ids(_first));
        CompactSignature[] memory signed = _signed(one);
        one.joining[0] = _first + 1;
        vm.expectRevert();
        escrow.assign(one, signed);
        uint256 sister = _createJob(2, 40);
        one.joining[0] = _first;
        one.jobId = sister;
        vm.expectRevert();
        escrow.assign(one, signed);
    }

    function test_aMasterDeedCannotServe() public {
        // The oracles' Master deeds 1 to 4 have nodes; Node Deed 4 is the last one that was sold.
        DeedId master = _addOracle(_key("fifth", 0), _operator("fifth owner", 0));
        uint16 id = uint16(master.tokenId());
        vm.assertTrue(nodes.isServing(master), "it has a node");
        vm.assertFalse(nodes.isServing(_nd(id)), "and there is no such Node Deed");
        IJobEscrow.Assignment memory assignment = _assignment(_jobId, _noIds(), _ids(id));
        CompactSignature[] memory signed = _signed(assignment);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_NotServing.selector, id));
        escrow.assign(assignment, signed);
    }

    function test_aDeedBannedAfterTheSignaturesDoesNotJoin() public {
        IJobEscrow.Assignment memory assignment = _assignment(_jobId, _noIds(), _ids(_first));
        CompactSignature[] memory signed = _signed(assignment);
        _banDeed(_nd(_first));
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_NotServing.selector, _first));
        escrow.assign(assignment, signed);
    }

    function test_aReplacedBannedDeedIsHeldItsPay_andNobodyElse() public {
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        uint64 start = uint64(escrow.jobOf(_jobId).start);
        _enter(start + 9);
        _banDeed(_nd(_first));
        _assign(_jobId, _ids(_first), _ids(_first + 2));
        uint256 held = _serve(_jobId, _first, start + 9, 255 * 9);
        vm.assertEq(escrow.heldOf(_first), held, "what it served before the ban, held");
        uint256 paid = _serve(_jobId, _first + 2, start + 39, 255 * 30);
        vm.assertEq(r1.balanceOf(_ownerOf(_nd(_first + 2))), paid, "its successor is paid");
        _serve(_jobId, _first + 1, start + 40, 255 * 40);
        escrow.refund(_jobId);
        vm.assertEq(r1.balanceOf(address(escrow)), held, "nothing else is left");
    }

    function test_neverRunsOutOfItsDeposit_whoeverServes() public {
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        uint64 start = uint64(escrow.jobOf(_jobId).start);
        uint256[4] memory sums;
        uint256 out = 0;
        for (uint16 i = 0; i < 38; ++i) {
            _enter(start + i);
            uint16 leaving = i % 2;
            uint16 joining = 2 + (i % 2);
            if ((i / 2) % 2 == 1) (leaving, joining) = (joining, leaving);
            _assign(_jobId, _ids(_first + leaving), _ids(_first + joining));
            // Each serves two epochs a turn, but for the first one's one.
            sums[leaving] += i == 0 ? 255 : 510;
            out += _serve(_jobId, _first + leaving, start + i, sums[leaving]);
        }
        out += _serve(_jobId, escrow.nodesOf(_jobId)[0], start + 39, type(uint256).max);
        out += _serve(_jobId, escrow.nodesOf(_jobId)[0], start + 40, type(uint256).max);
        vm.assertEq(out, (RATE * 80 * 85) / 100, "every epoch of both places was paid, once");
        vm.assertEq(escrow.jobOf(_jobId).balance, 0, "and nothing is missing or left");
    }

    function test_inflatedSumsTakeNoMoreThanTheDeposit() public {
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        uint256 other = _createJob(1, 30);
        uint64 start = uint64(escrow.jobOf(_jobId).start);
        uint256 paid = _serve(_jobId, _first, start + 39, type(uint256).max);
        paid += _serve(_jobId, _first + 1, start + 40, type(uint64).max);
        vm.assertEq(paid, (RATE * 80 * 85) / 100, "all of it, and no more");
        vm.assertEq(r1.balanceOf(address(escrow)), escrow.jobOf(other).balance, "the other job is whole");
    }

    function test_everyChangeInOneEpochIsPaidAndReturnedToTheWei() public {
        _endow(developer, RATE * 10_000);
        uint256 before = r1.balanceOf(developer);
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        vm.startPrank(developer);
        escrow.extend(_jobId, 7);
        escrow.scaleUp(_jobId, 3);
        escrow.scaleDown(_jobId, 2, _noIds());
        escrow.extend(_jobId, 1);
        escrow.scaleDown(_jobId, 2, _ids(_first));
        escrow.close(_jobId);
        escrow.extend(_jobId, 5);
        escrow.close(_jobId);
        vm.stopPrank();
        uint64 start = uint64(escrow.jobOf(_jobId).start);
        _enter(start + 1);
        _serve(_jobId, _first, start, 255);
        _serve(_jobId, _first + 1, start + 1, 255);
        escrow.refund(_jobId);
        vm.assertEq(r1.balanceOf(address(escrow)), 0, "nothing is left");
        vm.assertEq(r1.balanceOf(developer), before + RATE * (80 - 2), "two deeds, one epoch each");
    }

    function test_tellsWhoIsReleased() public {
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        uint64 start = uint64(escrow.jobOf(_jobId).start);
        vm.prank(developer);
        vm.expectEmit(address(escrow));
        emit IJobEscrow.NodesReleased(_jobId, _ids(_first), start + 1);
        escrow.scaleDown(_jobId, 1, _ids(_first));
    }

    function test_anOldConsentDoesNotOutliveItsOffer() public {
        address helper = vm.addr(_key("helper", 0));
        vm.prank(developer);
        escrow.offerDelegation(helper, 12);
        vm.prank(helper);
        escrow.acceptDelegation(developer, 12);
        vm.startPrank(developer);
        escrow.offerDelegation(helper, 8);
        vm.assertEq(escrow.rightsOf(developer, helper), 8, "a part ends at once");
        escrow.offerDelegation(helper, 12);
        vm.stopPrank();
        vm.assertEq(escrow.rightsOf(developer, helper), 8, "and does not come back by itself");
        vm.prank(helper);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_NotAllowed.selector, _jobId, helper, 4));
        escrow.close(_jobId);
    }

    function test_aDelegatePaysForWhatItExtends() public {
        address helper = vm.addr(_key("helper", 0));
        vm.prank(developer);
        escrow.offerDelegation(helper, 3);
        vm.prank(helper);
        escrow.acceptDelegation(developer, 3);
        _endow(helper, RATE * 20);
        vm.prank(helper);
        escrow.extend(_jobId, 10);
        vm.assertEq(r1.balanceOf(helper), 0, "with its own R1");
        vm.prank(developer);
        escrow.close(_jobId);
        vm.assertEq(r1.balanceOf(developer), RATE * 100, "which is the job's then, and its owner's");
    }

    function test_oddPayeesHarmNobody() public {
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        uint64 start = uint64(escrow.jobOf(_jobId).start);
        vm.prank(_ownerOf(_nd(_first)));
        operators.setPayee(address(escrow));
        vm.prank(_ownerOf(_nd(_first + 1)));
        operators.setPayee(address(r1));
        uint256 given = _serve(_jobId, _first, start + 39, 255 * 40);
        uint256 paid = _serve(_jobId, _first + 1, start + 40, 255 * 40);
        vm.assertEq(r1.balanceOf(address(r1)), paid, "paid where its owner wanted it");
        vm.assertEq(escrow.jobOf(_jobId).balance, 0, "settled all the same");
        vm.assertEq(escrow.refundable(_jobId), 0, "and not the developer's");
        vm.assertEq(r1.balanceOf(address(escrow)), given, "who names the escrow gives it away");
    }

    function test_giftsChangeNothing() public {
        _fund(address(this), 5 ether);
        r1.transfer(address(escrow), 5 ether);
        vm.prank(developer);
        escrow.close(_jobId);
        vm.assertEq(r1.balanceOf(developer), RATE * 80, "the deposit");
        vm.assertEq(r1.balanceOf(address(escrow)), 5 ether, "the gift stays");
    }

    function test_strangersChangeNothing() public {
        address thief = vm.addr(_key("thief", 0));
        bytes4 refused = IJobEscrow.JobEscrow_NotAllowed.selector;
        bytes[5] memory calls = [
            abi.encodeCall(escrow.extend, (_jobId, 1)),
            abi.encodeCall(escrow.scaleUp, (_jobId, 1)),
            abi.encodeCall(escrow.scaleDown, (_jobId, 1, _noIds())),
            abi.encodeCall(escrow.close, (_jobId)),
            abi.encodeCall(escrow.changeSpec, (_jobId, SPEC))
        ];
        uint8[5] memory rights = [1, 2, 2, 4, 8];
        for (uint256 i = 0; i < 5; ++i) {
            vm.prank(thief);
            (bool ok, bytes memory answer) = address(escrow).call(calls[i]);
            vm.assertFalse(ok, "refused");
            bytes memory reason = abi.encodeWithSelector(refused, _jobId, thief, rights[i]);
            vm.assertEq(keccak256(answer), keccak256(reason), "for want of a right");
        }
    }
}
