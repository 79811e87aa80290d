// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {JobFixture} from "../helpers/JobFixture.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";

/**
 * Sums, their proofs, and what is booked of them
 * ├── one sum is proven by its branch, many by theirs, and nothing else is paid
 * ├── a sum that shrank is paid nothing, then or later
 * ├── what is bound for those who serve stays right over any number of terms and changes of places
 * └── a single wei is paid and burned, and nothing is neither paid, burned nor told
 */
contract JobEscrowSumsTest is JobFixture {
    uint256 private _jobId;
    uint16 private _first;
    uint64 private _start;

    function setUp() public override {
        super.setUp();
        _first = _servers(3);
        _jobId = _createJob(2, 100);
        _assign(_jobId, _noIds(), _idsFrom(_first, 2));
        _start = uint64(escrow.jobOf(_jobId).start);
    }

    function test_provesOneSumByItsBranch() public {
        bytes32[] memory tree = _termTree();
        escrow.settle(_jobId, _first, _start + 29, 255 * 30, MerkleTree.proof(tree, 0));
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_InvalidProof.selector));
        escrow.settle(_jobId, _first + 1, _start + 29, 255 * 29, MerkleTree.proof(tree, 0));
        uint256 paid = escrow.settle(_jobId, _first + 1, _start + 29, 255 * 29, MerkleTree.proof(tree, 1));
        uint256 gross = RATE * 29;
        vm.assertEq(paid, ((gross - gross / 10) * 85) / 100, "its own sum");
    }

    function test_provesManySums() public {
        bytes32[] memory tree = _termTree();
        uint256[] memory both = new uint256[](2);
        (both[0], both[1]) = (0, 1);
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(tree, both);
        uint256[] memory more = _termSums();
        more[1] += 1;
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_InvalidProof.selector));
        escrow.settleMany(_jobId, _start + 29, _idsFrom(_first, 2), more, proof, flags);
        escrow.settleMany(_jobId, _start + 29, _idsFrom(_first, 2), _termSums(), proof, flags);
    }

    function test_manyAreBookedAndPaidLikeEach() public {
        bytes32[] memory tree = _termTree();
        uint256[] memory both = new uint256[](2);
        (both[0], both[1]) = (0, 1);
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(tree, both);
        uint256 supply = r1.totalSupply();
        uint256 paid = escrow.settleMany(_jobId, _start + 29, _idsFrom(_first, 2), _termSums(), proof, flags);

        uint256 first = (RATE * 30 * 85) / 100;
        uint256 earned = RATE * 29 - (RATE * 29) / 10;
        uint256 second = (earned * 85) / 100;
        vm.assertEq(paid, first + second, "both");
        vm.assertEq(r1.balanceOf(_ownerOf(_nd(_first))), first, "to the one");
        vm.assertEq(r1.balanceOf(_ownerOf(_nd(_first + 1))), second, "and to the other");
        vm.assertEq(supply - r1.totalSupply(), RATE * 30 + earned - paid, "the rest of both is burned");
        vm.assertEq(escrow.jobOf(_jobId).balance, RATE * 170 - earned, "and off the books");
        vm.assertEq(r1.balanceOf(address(escrow)), RATE * 170 - earned, "and out of the escrow");
        vm.assertEq(escrow.serviceOf(_jobId, _first).from, _start + 30, "the one is settled");
        vm.assertEq(escrow.serviceOf(_jobId, _first + 1).settled, 255 * 29, "and the other");
    }

    function test_freePlacesAreBoundForWhatIsLeftOfTheJob() public {
        uint256 jobId = _createJob(2, 40);
        _join(jobId, _first + 2);
        vm.assertEq(escrow.refundable(jobId), 0, "both places can still be filled");
        _enter(_start + 9);
        vm.assertEq(escrow.refundable(jobId), RATE * 10, "ten epochs of the free one are gone");
        _enter(_start + 39);
        vm.assertEq(escrow.refundable(jobId), RATE * 40, "all of it");
        _enter(_start + 45);
        vm.assertEq(escrow.refundable(jobId), RATE * 40, "and no more than that when the job is over");
    }

    function test_aTakenPlaceIsNotFree() public {
        IJobEscrow.Assignment memory assignment = _assignment(_jobId, _noIds(), _ids(_first + 2));
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_NoPlace.selector, _jobId, 1, 0));
        this.assign(assignment);
    }

    function assign(IJobEscrow.Assignment calldata assignment) external {
        escrow.assign(assignment, _signed(assignment));
    }

    function test_aSumThatShrankPaysNothing_norLater() public {
        _serve(_jobId, _first, _start + 29, 7_650);
        vm.assertEq(_serve(_jobId, _first, _start + 59, 5_000), 0, "less than before");
        vm.assertEq(escrow.serviceOf(_jobId, _first).settled, 7_650, "what was paid stays paid");
        uint256 paid = _serve(_jobId, _first, _start + 99, 7_650 + 255);
        uint256 earned = RATE - RATE / 10;
        vm.assertEq(paid, (earned * 85) / 100, "one epoch");
    }

    function test_theBooksStayRightOverTerms() public {
        uint256 deposit = RATE * 200;
        vm.assertEq(escrow.refundable(_jobId), 0, "all of it is bound");
        uint256 out = _serve(_jobId, _first, _start + 29, 255 * 30);
        vm.assertEq(escrow.refundable(_jobId), 0, "the term was earned in full");
        out += _serve(_jobId, _first, _start + 59, 255 * 60);
        vm.assertEq(escrow.refundable(_jobId), 0, "and the second one");
        out += _serve(_jobId, _first + 1, _start + 60, 255 * 61);
        vm.assertEq(escrow.refundable(_jobId), 0, "and two at once");
        vm.assertEq(out, ((deposit - RATE * 79) * 85) / 100, "121 epochs");
        vm.prank(developer);
        escrow.close(_jobId);
        vm.assertEq(escrow.jobOf(_jobId).epochs, 63, "the running epoch and one more");
        vm.assertEq(escrow.jobOf(_jobId).balance, RATE * 5, "five are still to be earned");
    }

    function test_whoComesBackIsPaidForItsOwnEpochs() public {
        _enter(_start + 9);
        _assign(_jobId, _ids(_first), _ids(_first + 2));
        _serve(_jobId, _first, _start + 9, 255 * 10);
        _enter(_start + 19);
        _assign(_jobId, _ids(_first + 2), _ids(_first));
        IJobEscrow.Service memory service = escrow.serviceOf(_jobId, _first);
        vm.assertEq(service.from, _start + 20, "again");
        vm.assertEq(service.settled, 255 * 10, "from what it had");
        vm.assertEq(_serve(_jobId, _first + 2, _start + 19, 255 * 10), (RATE * 10 * 85) / 100, "ten epochs between");
        vm.assertEq(escrow.refundable(_jobId), 0, "the places are still paid for");
        uint256 paid = _serve(_jobId, _first, _start + 49, 255 * 40);
        vm.assertEq(paid, (RATE * 30 * 85) / 100, "a term since");
    }

    function test_whoLeavesAfterATermIsPaidForTheRestOnly() public {
        _serve(_jobId, _first, _start + 29, 255 * 30);
        _enter(_start + 34);
        _assign(_jobId, _ids(_first), _ids(_first + 2));
        vm.assertEq(escrow.refundable(_jobId), 0, "five epochs of it, and the successor's, are bound");
        vm.assertEq(escrow.serviceOf(_jobId, _first).from, _start + 30, "what is not settled yet");
        vm.assertEq(escrow.serviceOf(_jobId, _first).to, _start + 35, "up to where it left");
        uint256 earned = RATE * 2 - (RATE * 2) / 10;
        vm.assertEq(_serve(_jobId, _first, _start + 34, 255 * 32), (earned * 85) / 100, "two epochs of five");
        vm.assertEq(escrow.serviceOf(_jobId, _first).settled, 255 * 32, "all of them");
        vm.assertEq(escrow.refundable(_jobId), RATE * 5 - earned, "the rest stays bound");
    }

    function test_servedOneEpochAndLeft_isNotDueBefore() public {
        _enter(_start);
        _assign(_jobId, _ids(_first), _noIds());
        _commitService(_jobId, _first, _start - 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_NothingDue.selector, _jobId, _first, _start - 1));
        escrow.settle(_jobId, _first, _start - 1, 1, _noProof());
        vm.assertEq(_serve(_jobId, _first, _start, 255), (RATE * 85) / 100, "its epoch");
    }

    function test_anEpochLongBeforeTheJobIsNotDue() public {
        uint256 late = _createJob(1, 30);
        _enter(_start + 10);
        _join(late, _first + 2);
        _commitService(late, _first + 2, _start, 1);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_NothingDue.selector, late, _first + 2, _start));
        escrow.settle(late, _first + 2, _start, 1, _noProof());
    }

    function test_sumsBeyondTheFieldFillIt() public {
        _serve(_jobId, _first, _start + 29, uint256(type(uint32).max) + 6);
        vm.assertEq(escrow.serviceOf(_jobId, _first).settled, type(uint32).max, "and do not wrap around");
    }

    function test_refusesABatchOfNothing() public {
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_LengthMismatch.selector, 0, 0));
        escrow.settleMany(_jobId, _start, _noIds(), new uint256[](0), _noProof(), new bool[](0));
    }

    function test_paysAndBurnsASingleWei() public {
        uint256 jobId = _jobAtAWei();
        uint256 supply = r1.totalSupply();
        vm.assertEq(
            _serve(jobId, _first + 2, _start + 29, 255 * 3),
            1,
            "three earned, one of them kept, one of two paid"
        );
        vm.assertEq(r1.balanceOf(_ownerOf(_nd(_first + 2))), 1, "to the owner");
        vm.assertEq(supply - r1.totalSupply(), 1, "and one burned");
    }

    function test_nothingIsNeitherPaidNorBurnedNorTold() public {
        uint256 jobId = _jobAtAWei();
        uint256 other = _jobAtAWei();
        _commit(_start + 29, MerkleTree.root(_silentTree(jobId, other)));
        vm.recordLogs();
        escrow.settle(jobId, _first + 2, _start + 29, 0, MerkleTree.proof(_silentTree(jobId, other), 0));
        vm.assertEq(vm.getRecordedLogs().length, 1, "only that it was settled");
        _banDeed(_nd(_first + 2));
        vm.recordLogs();
        escrow.settle(other, _first + 2, _start + 29, 0, MerkleTree.proof(_silentTree(jobId, other), 1));
        vm.assertEq(vm.getRecordedLogs().length, 1, "and nothing held");
    }

    /// @dev A job at one wei an epoch, served by the third deed.
    function _jobAtAWei() private returns (uint256 jobId) {
        vm.mockCall(address(catalog), abi.encodeCall(catalog.rateOf, (LOW1, 0)), abi.encode(1));
        jobId = _createJob(1, 30);
        _join(jobId, _first + 2);
    }

    function _silentTree(uint256 jobId, uint256 other) private view returns (bytes32[] memory) {
        bytes32[] memory leaves = new bytes32[](2);
        leaves[0] = _serviceLeaf(jobId, _first + 2, 0);
        leaves[1] = _serviceLeaf(other, _first + 2, 0);
        return MerkleTree.build(leaves);
    }

    function _termSums() private pure returns (uint256[] memory sums) {
        sums = new uint256[](2);
        (sums[0], sums[1]) = (255 * 30, 255 * 29);
    }

    /// @dev Both deeds' sums of the first term, committed.
    function _termTree() private returns (bytes32[] memory tree) {
        tree = _tree(_jobId, _idsFrom(_first, 2), _termSums());
        _commit(_start + 29, MerkleTree.root(tree));
    }
}
