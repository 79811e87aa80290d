// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IEpochLedger} from "../../contracts/interfaces/IEpochLedger.sol";
import {IOracleRegistry} from "../../contracts/interfaces/IOracleRegistry.sol";
import {CompactSignature, EpochReport} from "../../contracts/types/EpochReport.sol";
import {DisputeFixture} from "../helpers/DisputeFixture.sol";
import {Vm} from "../helpers/Vm.sol";

// EpochLedger.disprove, what follows
// ├── the root is gone, the one before is the latest again, and active
// ├── exactly its signers are ejected, in one change of the set, each told; the ledger's event comes last
// ├── the same epoch, or another later than the one before, can be committed by the rest; the same root by others too
// ├── the disproved report itself cannot come back with its old signatures
// ├── given a pause: disproved all the same, and commits wait for its end
// ├── given the set changed in between
// │   ├── a signer that left is passed over, and one that came is not touched
// │   ├── a signer that left and came back is ejected
// │   └── given all signers left: nothing to eject, the root goes all the same
// ├── given the rest are fewer than a quorum: nothing can be committed until governance adds oracles
// └── ejectSigners, by anybody but the ledger: refused
contract EpochLedgerTakeBackTest is DisputeFixture {
    uint256 private constant QUORUM = 7;
    bytes32[] private treeBefore;
    bytes32[] private wrong;

    function setUp() public override {
        super.setUp();
        _addOracles(9);
        treeBefore = _treeOf(_values(100, 200, 300));
        wrong = _treeOf(_values(99, 200, 300));
        _commit(0, treeBefore[0]);
    }

    // ---------------------------------------------------------------- the root

    function test_TheRootBeforeIsTheLatestAgain() public {
        _propose(4, wrong[0]);
        _disproveIt();
        (bool committed, uint64 epoch, bytes32 root) = ledger.latest();
        vm.assertTrue(committed, "committed");
        vm.assertEq(epoch, 0, "epoch");
        vm.assertEq(root, treeBefore[0], "root");
        vm.assertEq(ledger.rootOf(0), treeBefore[0], "and active");
        vm.assertEq(ledger.rootOf(4), 0, "the wrong one is gone");
        _requireNothingPending();
        vm.warp(_now() + 100 * EPOCH);
        vm.assertEq(ledger.rootOf(4), 0, "for ever");
    }

    function test_TheFirstRootLeavesNothing() public {
        EpochReport memory report = EpochReport(0, 0, _treeOf(_values(256, 0, 0))[0], 0, 3);
        _startAnew();
        vm.warp(ledger.epochEnd(0));
        ledger.commit(report, _signatures(report, 7));
        _disprove(_alone(1, 256, _treeOf(_values(256, 0, 0))));
        (bool committed, uint64 epoch, bytes32 root) = ledger.latest();
        vm.assertFalse(committed, "nothing committed");
        vm.assertEq(epoch, 0, "epoch");
        vm.assertEq(root, 0, "root");
        _requireNothingPending();
    }

    function test_TheSameEpochIsCommittedAgain() public {
        _proposeBy(4, wrong[0], 127);
        _disproveIt();
        // Two honest oracles are left; governance adds a third.
        _dropOracleKeys(127);
        _addOracle(_key("new oracle", 0), _operator("new owner", 0));
        bytes32 right = _treeOf(_values(101, 200, 300))[0];
        _propose(4, right);
        vm.assertEq(ledger.rootOf(4), 0, "pending");
        _waitForActivation();
        vm.assertEq(ledger.rootOf(4), right, "the right one");
        _commit(5, keccak256("next"));
        vm.assertEq(ledger.rootOf(5), keccak256("next"), "and on it goes");
    }

    function test_AnEarlierEpochMayComeInsteadAndCountsFromTheRootBefore() public {
        _proposeBy(4, wrong[0], 127);
        _disproveIt();
        _dropOracleKeys(127);
        _addOracle(_key("new oracle", 0), _operator("new owner", 0));
        bytes32[] memory tree = _treeOf(_values(100 + 510, 200, 300));
        _propose(2, tree[0]);
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.EpochLedger_NotDisproved.selector, 100, 610, 510));
        _disprove(_pair(1, 100, treeBefore, 610, tree));
        _waitForActivation();
        tree = _treeOf(_values(100 + 510, 199, 300));
        _propose(3, tree[0]);
        _disprove(_pair(2, 200, _treeOf(_values(610, 200, 300)), 199, tree));
        (, uint64 epoch, ) = ledger.latest();
        vm.assertEq(epoch, 2, "back to the second, not further");
    }

    function test_TheDisprovedReportDoesNotComeBack() public {
        vm.warp(ledger.epochEnd(4));
        EpochReport memory report = _report(4, wrong[0]);
        CompactSignature[] memory signatures = _signatures(report, 7);
        ledger.commit(report, signatures);
        address signer = _oracle(0);
        _disproveIt();
        vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_BadSignature.selector, 0, signer));
        ledger.commit(report, signatures);
    }

    function test_TwoDisproofsInARow() public {
        _addMoreOracles(12);
        _proposeBy(4, wrong[0], (1 << 15) - 1);
        _disproveIt();
        _dropOracleKeys((1 << 15) - 1);
        _proposeBy(4, wrong[0], 31);
        _disproveIt();
        (, uint64 epoch, bytes32 root) = ledger.latest();
        vm.assertEq(epoch, 0, "epoch");
        vm.assertEq(root, treeBefore[0], "root");
        vm.assertEq(oracleRegistry.oracles().length, 1, "one honest oracle is left");
    }

    function test_APauseDoesNotProtectAWrongRoot() public {
        _proposeBy(4, wrong[0], 127);
        vm.prank(guardian);
        ledger.pause();
        _disproveIt();
        vm.assertEq(ledger.rootOf(4), 0, "gone");
        vm.assertEq(oracleRegistry.oracles().length, 2, "and its signers");
    }

    // ---------------------------------------------------------------- the signers

    function testFuzz_ExactlyTheSignersLeave(uint256 mask) public {
        mask = _quorumMask(mask & 511);
        address[] memory gone = _masked(mask);
        address[] memory owners = new address[](gone.length);
        for (uint256 i = 0; i < gone.length; ++i) owners[i] = oracleRegistry.ownerOf(gone[i]);
        _proposeBy(4, wrong[0], mask);
        vm.recordLogs();
        vm.prank(vm.addr(_key("anybody", 0)));
        _disproveIt();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        _requireRemovals(logs, gone, owners, IOracleRegistry.Removal.Disproved);
        vm.assertEq(logs.length, gone.length + 1, "and one event more");
        Vm.Log memory last = logs[logs.length - 1];
        vm.assertEq(last.emitter, address(ledger), "the ledger's");
        vm.assertEq(last.topics[0], IEpochLedger.EpochDisproved.selector, "comes last");
        vm.assertEq(uint256(last.topics[1]), 4, "epoch");
        vm.assertEq(last.topics[2], wrong[0], "root");
        vm.assertEq(address(uint160(uint256(last.topics[3]))), vm.addr(_key("anybody", 0)), "by");
        for (uint256 i = 0; i < gone.length; ++i) _requireGone(gone[i]);
        vm.assertEq(oracleRegistry.oracles().length, 9 - gone.length, "the others stay");
    }

    function test_TheirOwnersMayRunOraclesAgain() public {
        address signer = _oracle(0);
        address owner = oracleRegistry.ownerOf(signer);
        _proposeBy(4, wrong[0], 127);
        _disproveIt();
        oracleRegistry.addOracle(signer);
        vm.assertEq(oracleRegistry.ownerOf(signer), owner, "when governance thinks so");
    }

    function test_SignersThatLeftArePassedOverAndNewcomersStay() public {
        address left = _oracle(1);
        _proposeBy(4, wrong[0], 127);
        oracleRegistry.removeOracle(left);
        address[] memory gone = new address[](6);
        for (uint256 i = 0; i < 6; ++i) gone[i] = _oracle(i == 0 ? 0 : i + 1);
        address[] memory staying = new address[](5);
        (staying[0], staying[1]) = (_oracle(7), _oracle(8));
        for (uint256 i = 0; i < 3; ++i) {
            _addOracle(_key("new oracle", i), _operator("new owner", i));
            staying[i + 2] = vm.addr(_key("new oracle", i));
        }
        vm.recordLogs();
        _disproveIt();
        vm.assertEq(vm.getRecordedLogs().length, 7, "six removals, and the ledger's word");
        for (uint256 i = 0; i < 6; ++i) _requireGone(gone[i]);
        for (uint256 i = 0; i < 5; ++i) vm.assertTrue(oracleRegistry.isOracle(staying[i]), "stays");
        vm.assertEq(oracleRegistry.oracles().length, 5, "and no others");
    }

    function test_ASignerThatCameBackIsEjected() public {
        address signer = _oracle(3);
        _proposeBy(4, wrong[0], 127);
        oracleRegistry.removeOracle(signer);
        oracleRegistry.addOracle(signer);
        _disproveIt();
        _requireGone(signer);
    }

    function test_TheRootGoesEvenWhenItsSignersAreGone() public {
        _proposeBy(4, wrong[0], 127);
        for (uint256 i = 0; i < 7; ++i) oracleRegistry.removeOracle(_oracle(i));
        vm.recordLogs();
        _disproveIt();
        vm.assertEq(vm.getRecordedLogs().length, 1, "no change of the set");
        vm.assertEq(ledger.rootOf(4), 0, "gone");
        vm.assertEq(oracleRegistry.oracles().length, 2, "the rest");
    }

    function test_BelowThreeOraclesNothingIsCommitted() public {
        _proposeBy(4, wrong[0], 127);
        _disproveIt();
        _dropOracleKeys(127);
        vm.assertEq(oracleRegistry.quorum(), 3, "quorum");
        EpochReport memory report = _report(4, keccak256("right"));
        CompactSignature[] memory signatures = _signatures(report, 2);
        vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_TooFewSignatures.selector, 2, 3));
        ledger.commit(report, signatures);
        vm.assertEq(ledger.rootOf(0), treeBefore[0], "what was active stays claimable");
    }

    function test_AllOfAFullSetAreEjectedAtOnce() public {
        _addMoreOracles(64 - 9);
        _proposeBy(4, wrong[0], type(uint64).max);
        _disproveIt();
        vm.assertEq(oracleRegistry.oracles().length, 0, "nobody is left");
        for (uint256 i = 0; i < 64; ++i) _requireGone(_oracle(i));
    }

    function testFuzz_OnlyTheLedgerEjectsSigners(address anybody, uint256 signers) public {
        vm.assume(anybody != address(ledger));
        vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_NotLedger.selector, anybody));
        vm.prank(anybody);
        oracleRegistry.ejectSigners(10, signers);
    }

    // ---------------------------------------------------------------- helpers

    function _startAnew() private {
        delete oracleKeys;
        _deployProtocol();
        _addOracles(9);
    }

    function _disproveIt() private {
        _disprove(_pair(1, 100, treeBefore, 99, wrong));
    }

    function _addMoreOracles(uint256 count) private {
        for (uint256 i = 0; i < count; ++i) _addOracle(_key("more", i), _operator("more owner", i));
    }

    /// @dev `mask` with bits added from below until a quorum of nine is in it.
    function _quorumMask(uint256 mask) private pure returns (uint256) {
        uint256 count = 0;
        for (uint256 i = 0; i < 9; ++i) count += (mask >> i) & 1;
        for (uint256 i = 0; count < QUORUM; ++i) {
            if ((mask >> i) & 1 == 1) continue;
            mask |= 1 << i;
            ++count;
        }
        return mask;
    }

    function _masked(uint256 mask) private view returns (address[] memory list) {
        uint256 count = 0;
        for (uint256 i = 0; i < oracleKeys.length; ++i) count += (mask >> i) & 1;
        list = new address[](count);
        for (uint256 i = oracleKeys.length; i > 0; --i) {
            if ((mask >> (i - 1)) & 1 == 1) list[--count] = _oracle(i - 1);
        }
    }

    function _dropOracleKeys(uint256 mask) private {
        for (uint256 i = oracleKeys.length; i > 0; --i) if ((mask >> (i - 1)) & 1 == 1) _dropOracleKey(i - 1);
    }

    function _requireNothingPending() private view {
        (uint64 epoch, bytes32 root, uint256 activeFrom) = ledger.pending();
        vm.assertEq(epoch, 0, "epoch");
        vm.assertEq(root, 0, "root");
        vm.assertEq(activeFrom, 0, "active from");
    }
}
