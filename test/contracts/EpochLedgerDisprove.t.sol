// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IEpochLedger} from "../../contracts/interfaces/IEpochLedger.sol";
import {Leaf, LeafKind} from "../../contracts/types/Leaf.sol";
import {DisputeFixture} from "../helpers/DisputeFixture.sol";

// EpochLedger.disprove, the rule
// ├── given nothing pending
// │   ├── when nothing was committed: refused
// │   ├── when the root is active, from its very second on: refused, however wrong it is
// │   └── when the root was disproved already: refused
// ├── given a pending root and one before it
// │   ├── when a leaf shrank, by 1 or to nothing: disproved
// │   ├── when a leaf grew by 255 × epochs exactly, or stayed: refused with the values; by 1 more: disproved
// │   ├── when epochs were skipped: they count
// │   ├── when a leaf is shown alone: disproved above 255 × (epoch + 1), else refused
// │   ├── when it is a service leaf: the same rule
// │   └── when either proof, the id, the kind, a value or the order of the trees is wrong: invalid
// ├── given the first root
// │   ├── when a leaf is 255 × (epoch + 1): refused; 1 more: disproved
// │   └── when a leaf before is claimed, or a proof of it: invalid
// └── given any two leaves: disproved if and only if the rule says so
contract EpochLedgerDisproveTest is DisputeFixture {
    uint256[] private first = _values(100, 200, 300);
    bytes32[] private treeBefore;

    function setUp() public override {
        super.setUp();
        _addOracles(9);
        treeBefore = _treeOf(first);
    }

    // ---------------------------------------------------------------- nothing pending

    function test_RefusesWhenNothingWasCommitted() public {
        _refuses(_alone(1, 100, treeBefore), _nothingPending());
    }

    function test_MustHold9_RefusesAnActiveRoot() public {
        bytes32[] memory shrunk = _proposeAfter(1, _values(99, 200, 300));
        Pair memory pair = _pair(1, 100, treeBefore, 99, shrunk);
        (, , uint256 activeFrom) = ledger.pending();
        vm.warp(activeFrom);
        _refuses(pair, _nothingPending());
        vm.warp(activeFrom + 100 * EPOCH);
        _refuses(pair, _nothingPending());
        vm.warp(activeFrom - 1);
        _disprove(pair);
    }

    function test_RefusesTheSameProofAgain() public {
        bytes32[] memory shrunk = _proposeAfter(1, _values(99, 200, 300));
        Pair memory pair = _pair(1, 100, treeBefore, 99, shrunk);
        _disprove(pair);
        _refuses(pair, _nothingPending());
    }

    // ---------------------------------------------------------------- the rule

    function test_DisprovesALeafThatShrank() public {
        bytes32[] memory tree = _proposeAfter(1, _values(100, 199, 300));
        _refuses(_pair(1, 100, treeBefore, 100, tree), _notDisproved(100, 100, 255));
        _disproves(_pair(2, 200, treeBefore, 199, tree));
    }

    function test_DisprovesALeafThatShrankToNothing() public {
        bytes32[] memory tree = _proposeAfter(1, _values(100, 200, 0));
        _disproves(_pair(3, 300, treeBefore, 0, tree));
    }

    function test_AnEpochAddsUpTo255() public {
        bytes32[] memory tree = _proposeAfter(1, _values(355, 456, 300));
        _refuses(_pair(1, 100, treeBefore, 355, tree), _notDisproved(100, 355, 255));
        _disproves(_pair(2, 200, treeBefore, 456, tree));
    }

    function testFuzz_SkippedEpochsCount(uint256 epochs) public {
        epochs = _between(epochs, 1, 5000);
        uint256 most = 255 * epochs;
        bytes32[] memory tree = _proposeAfter(uint64(epochs), _values(100 + most, 201 + most, 300));
        _refuses(_pair(1, 100, treeBefore, 100 + most, tree), _notDisproved(100, 100 + most, most));
        _disproves(_pair(2, 200, treeBefore, 201 + most, tree));
    }

    function testFuzz_ANewLeafHasTheAbsoluteBound(uint64 epoch) public {
        epoch = uint64(_between(epoch, 1, 1 << 40));
        uint256 most = 255 * (uint256(epoch) + 1);
        uint256[] memory values = new uint256[](5);
        (values[0], values[1], values[2], values[3], values[4]) = (100, 200, 300, most, most + 1);
        bytes32[] memory tree = _proposeAfter(epoch, values);
        _refuses(_alone(4, most, tree), _notDisproved(0, most, most));
        _disproves(_alone(5, most + 1, tree));
    }

    /// @dev Showing an old leaf alone proves less than showing the pair, and never more.
    function test_AnOldLeafShownAloneHasTheAbsoluteBoundToo() public {
        bytes32[] memory tree = _proposeAfter(1, _values(356, 200, 300));
        _refuses(_alone(1, 356, tree), _notDisproved(0, 356, 510));
        _disproves(_pair(1, 100, treeBefore, 356, tree));
    }

    function test_ALeafOfZeroGrowsLikeAnyOther() public {
        treeBefore = _treeOf(_values(0, 200, 300));
        bytes32[] memory tree = _proposeAfter(1, _values(256, 200, 300));
        _disproves(_pair(1, 0, treeBefore, 256, tree));
    }

    function test_ServiceLeavesFollowTheSameRule() public {
        bytes32 id = keccak256("job and deed");
        _commit(0, Leaf.hash(LeafKind.Service, uint256(id), 40));
        _propose(1, Leaf.hash(LeafKind.Service, uint256(id), 39));
        Pair memory pair = Pair(LeafKind.Service, uint256(id), 40, _noProof(), 39, _noProof());
        pair.kind = LeafKind.Availability;
        _refuses(pair, _invalidProof());
        pair.kind = LeafKind.Service;
        _disproves(pair);
    }

    function test_EnormousLeavesAreDisproved() public {
        bytes32[] memory tree = _proposeAfter(1, _values(type(uint256).max, 200, 300));
        _disproves(_pair(1, 100, treeBefore, type(uint256).max, tree));
    }

    function test_EnormousLeavesBeforeDoNotOverflow() public {
        treeBefore = _treeOf(_values(type(uint256).max, type(uint256).max, 300));
        bytes32[] memory tree = _proposeAfter(1, _values(type(uint256).max, 5, 300));
        uint256 max = type(uint256).max;
        _refuses(_pair(1, max, treeBefore, max, tree), _notDisproved(max, max, 255));
        _disproves(_pair(2, max, treeBefore, 5, tree));
    }

    // ---------------------------------------------------------------- proofs

    function test_RefusesWhatIsNotInTheTrees() public {
        bytes32[] memory tree = _proposeAfter(1, _values(99, 201, 301));
        Pair memory right = _pair(1, 100, treeBefore, 99, tree);
        Pair[8] memory wrong;
        for (uint256 i = 0; i < 8; ++i) wrong[i] = _pair(1, 100, treeBefore, 99, tree);
        wrong[0].before = 101;
        wrong[1].later = 98;
        wrong[2].id = _idOf(2);
        wrong[3].kind = LeafKind.Service;
        wrong[4].proofBefore = right.proofAfter;
        wrong[5].proofAfter = right.proofBefore;
        wrong[6].proofAfter = new bytes32[](0);
        // The trees the other way round: a leaf that grew by one.
        wrong[7] = _pair(1, 99, tree, 100, treeBefore);
        for (uint256 i = 0; i < 8; ++i) _refuses(wrong[i], _invalidProof());
        _disproves(right);
    }

    function test_ALeafBeforeNeedsItsProof() public {
        bytes32[] memory tree = _proposeAfter(1, _values(99, 200, 300));
        Pair memory pair = _pair(1, 100, treeBefore, 99, tree);
        pair.proofBefore = new bytes32[](0);
        _refuses(pair, _invalidProof());
        pair = _pair(1, 0, treeBefore, 99, tree);
        _refuses(pair, _invalidProof());
    }

    function test_RefusesAKindThatDoesNotExist() public {
        bytes32[] memory tree = _proposeAfter(1, _values(99, 200, 300));
        Pair memory pair = _pair(1, 100, treeBefore, 99, tree);
        (bool ok, bytes memory answer) = address(ledger).call(
            abi.encodeWithSelector(
                ledger.disprove.selector,
                3,
                pair.id,
                pair.before,
                pair.proofBefore,
                pair.later,
                pair.proofAfter
            )
        );
        vm.assertFalse(ok, "refused");
        vm.assertEq(answer.length, 0, "by the decoder");
    }

    // ---------------------------------------------------------------- the first root

    function testFuzz_TheFirstRootHasTheAbsoluteBound(uint64 epoch) public {
        epoch = uint64(_between(epoch, 0, 1 << 40));
        uint256 most = 255 * (uint256(epoch) + 1);
        bytes32[] memory tree = _treeOf(_values(most, most + 1, 1));
        _propose(epoch, tree[0]);
        _refuses(_alone(1, most, tree), _notDisproved(0, most, most));
        _disproves(_alone(2, most + 1, tree));
        (bool committed, , ) = ledger.latest();
        vm.assertFalse(committed, "as before the first");
    }

    function test_ThereIsNoLeafBeforeTheFirstRoot() public {
        bytes32[] memory tree = _treeOf(_values(256, 200, 300));
        _propose(0, tree[0]);
        _refuses(_pair(1, 257, tree, 256, tree), _invalidProof());
        _refuses(_pair(1, 0, tree, 256, tree), _invalidProof());
        Pair memory pair = _alone(1, 256, tree);
        pair.before = 1000;
        _refuses(pair, _invalidProof());
        _disproves(_alone(1, 256, tree));
    }

    // ---------------------------------------------------------------- any pair

    function testFuzz_DisprovedIfAndOnlyIfTheRuleSaysSo(
        uint256 before,
        uint256 later,
        uint256 epochs,
        bool extreme
    ) public {
        epochs = _between(epochs, 1, 20);
        if (!extreme) {
            before = _between(before, 0, 10_000);
            uint256 least = before > 2000 ? before - 2000 : 0;
            later = _between(later, least, before + 2 * 255 * epochs);
        }
        treeBefore = _treeOf(_values(1, before, 3));
        bytes32[] memory tree = _proposeAfter(uint64(epochs), _values(1, later, 3));
        Pair memory pair = _pair(2, before, treeBefore, later, tree);
        bool wrong = later < before || later - before > 255 * epochs;
        if (wrong) _disproves(pair);
        else _refuses(pair, _notDisproved(before, later, 255 * epochs));
    }

    function testFuzz_OfAFirstOrNewLeafToo(uint256 later, uint64 epoch, bool isFirst, bool extreme) public {
        epoch = uint64(_between(epoch, 1, 5000));
        uint256 most = 255 * (uint256(epoch) + 1);
        if (!extreme) later = _between(later, 0, 2 * most);
        uint256[] memory values = new uint256[](4);
        values[3] = later;
        bytes32[] memory tree = _treeOf(values);
        if (isFirst) _propose(epoch, tree[0]);
        else _proposeAfter(epoch, values);
        if (later > most) _disproves(_alone(4, later, tree));
        else _refuses(_alone(4, later, tree), _notDisproved(0, later, most));
    }

    // ---------------------------------------------------------------- helpers

    /// @dev `treeBefore` active in epoch 0, and a tree of these values pending in a later one.
    function _proposeAfter(uint64 epoch, uint256[] memory values) private returns (bytes32[] memory tree) {
        tree = _treeOf(values);
        _commit(0, treeBefore[0]);
        _propose(epoch, tree[0]);
    }

    function _disproves(Pair memory pair) private {
        (uint64 epoch, bytes32 root, ) = ledger.pending();
        vm.expectEmit(address(ledger));
        emit IEpochLedger.EpochDisproved(epoch, root, address(this));
        _disprove(pair);
        (, bytes32 pending, uint256 activeFrom) = ledger.pending();
        vm.assertEq(pending, 0, "nothing is pending");
        vm.assertEq(activeFrom, 0, "nothing is pending");
    }

    /// @dev Refused, and nothing changed.
    function _refuses(Pair memory pair, bytes memory why) private {
        (, bytes32 pending, ) = ledger.pending();
        uint256 oracles = oracleRegistry.oracles().length;
        vm.expectRevert(why);
        _disprove(pair);
        (, bytes32 afterwards, ) = ledger.pending();
        vm.assertEq(afterwards, pending, "still there");
        vm.assertEq(oracleRegistry.oracles().length, oracles, "and so are the oracles");
    }

    function _nothingPending() private pure returns (bytes memory) {
        return abi.encodePacked(IEpochLedger.EpochLedger_NothingPending.selector);
    }

    function _invalidProof() private pure returns (bytes memory) {
        return abi.encodePacked(IEpochLedger.EpochLedger_InvalidProof.selector);
    }

    function _notDisproved(uint256 before, uint256 later, uint256 most) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IEpochLedger.EpochLedger_NotDisproved.selector, before, later, most);
    }
}
