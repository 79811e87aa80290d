// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {CompactSignature} from "../../contracts/types/EpochReport.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {JobFixture} from "../helpers/JobFixture.sol";

// Found elsewhere: whoever is assigned at the moment of allocation gets the whole gap, earlier nodes nothing; nodes that are listed
// twice, or serve no deed, are paid; rewards of a node that left go to whoever links its address next; a Master deed's node can
// never withdraw; an assignment needs a third plus one.
// ├── given three nodes in one place, one after the other: each is paid for its own epochs
// ├── given a list with a node twice, one without a node, one whose node left: refused, whatever a quorum signed
// ├── given the node of a deed that served moves to another owner's deed: the deed that served is paid
// ├── given a deed that is sold before its service is settled: the owner of the day is paid, once
// └── given fewer than a quorum of oracles, or one many times: refused
contract ServicePaysWhoServedTest is JobFixture {
    uint16 private _first;
    uint256 private _jobId;
    uint64 private _start;

    function setUp() public override {
        super.setUp();
        _first = _servers(3);
        _jobId = _createJob(1, 30);
        _join(_jobId, _first);
        _start = uint64(escrow.jobOf(_jobId).start);
    }

    function testFuzz_EachIsPaidForItsOwnEpochs(uint256 one, uint256 two) public {
        one = _between(one, 1, 14);
        two = _between(two, 1, 14);
        _enter(_start + uint64(one) - 1);
        _assign(_jobId, _ids(_first), _ids(_first + 1));
        _enter(_start + uint64(one + two) - 1);
        _assign(_jobId, _ids(_first + 1), _ids(_first + 2));

        uint256[3] memory epochs = [one, two, 30 - one - two];
        for (uint16 i = 0; i < 3; ++i) {
            uint256 paid = _serve(_jobId, _first + i, _start + 29 + i, 255 * epochs[i]);
            vm.assertEq(paid, (RATE * epochs[i] * 85) / 100, "its own epochs");
            vm.assertEq(r1.balanceOf(_ownerOf(_nd(_first + i))), paid, "to its owner");
        }
        vm.assertEq(escrow.jobOf(_jobId).balance, 0, "each epoch once");
    }

    function test_NobodyIsListedTwiceOrWithoutANode() public {
        uint256 jobId = _createJob(2, 30);
        uint16[] memory twice = new uint16[](2);
        (twice[0], twice[1]) = (_first, _first);
        _refuses(jobId, twice, abi.encodeWithSelector(IJobEscrow.JobEscrow_AlreadyAssigned.selector, jobId, _first));
        uint16 bare = uint16(_buy(_operator("bare", 0), 1));
        _refuses(jobId, _ids(bare), abi.encodeWithSelector(IJobEscrow.JobEscrow_NotServing.selector, bare));
        vm.prank(_ownerOf(_nd(_first)));
        nodes.dissociate(_nd(_first));
        _refuses(jobId, _ids(_first), abi.encodeWithSelector(IJobEscrow.JobEscrow_NotServing.selector, _first));
    }

    function test_PayStaysWithTheDeedWhenItsNodeMoves() public {
        address server = _ownerOf(_nd(_first));
        vm.prank(server);
        nodes.dissociate(_nd(_first));
        address next = _operator("next", 0);
        DeedId other = _nd(_buy(next, 1));
        _associate(other, _key("server node", 0));
        uint256 paid = _serve(_jobId, _first, _start + 29, 255 * 30);
        vm.assertEq(r1.balanceOf(server), paid, "to the owner of the deed that served");
        vm.assertEq(r1.balanceOf(next), 0, "not to whoever has the node now");
    }

    function test_ASoldDeedIsPaidOnceToItsOwnerOfTheDay() public {
        address seller = _ownerOf(_nd(_first));
        address buyer = _operator("buyer", 0);
        vm.prank(seller);
        nodeDeed.transferFrom(seller, buyer, _first);
        uint256 paid = _serve(_jobId, _first, _start + 29, 255 * 30);
        vm.assertEq(r1.balanceOf(buyer), paid, "the owner of the day");
        vm.assertEq(r1.balanceOf(seller), 0, "and nobody else");
        bytes4 nothing = IJobEscrow.JobEscrow_NothingDue.selector;
        vm.expectRevert(abi.encodeWithSelector(nothing, _jobId, _first, _start + 29));
        escrow.settle(_jobId, _first, _start + 29, 255 * 30, _noProof());
    }

    function testFuzz_AThirdPlusOneAssignsNobody(uint256 count, bool repeated) public {
        uint256 jobId = _createJob(1, 30);
        IJobEscrow.Assignment memory assignment = _assignment(jobId, _noIds(), _ids(_first + 1));
        bytes32 digest = escrow.digestOf(assignment);
        uint256 quorum = oracleRegistry.quorum();
        count = repeated ? _between(count, quorum, 10) : _between(count, 0, quorum - 1);
        CompactSignature[] memory few = new CompactSignature[](count);
        for (uint256 i = 0; i < count; ++i) few[i] = _compact(oracleKeys[repeated ? 0 : i], digest);
        vm.expectRevert();
        escrow.assign(assignment, few);
        vm.assertEq(escrow.nodesOf(jobId).length, 0, "nobody");
    }

    function _refuses(uint256 jobId, uint16[] memory joining, bytes memory reason) private {
        IJobEscrow.Assignment memory assignment = _assignment(jobId, _noIds(), joining);
        CompactSignature[] memory signed = _signed(assignment);
        vm.expectRevert(reason);
        escrow.assign(assignment, signed);
    }
}
