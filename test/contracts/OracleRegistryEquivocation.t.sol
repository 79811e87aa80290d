// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IOracleRegistry} from "../../contracts/interfaces/IOracleRegistry.sol";
import {EpochLedger} from "../../contracts/oracles/EpochLedger.sol";
import {CompactSignature, EpochReport} from "../../contracts/types/EpochReport.sol";
import {DisputeFixture} from "../helpers/DisputeFixture.sol";

// OracleRegistry.reportEquivocation
// ├── given an oracle signed two reports of one epoch that differ in any field: removed by anybody, told, traces cleared
// ├── when the epochs differ: refused
// ├── when it is one report twice: refused, by another signature of it too
// ├── when the signers differ, or one cannot be recovered: refused
// ├── when the signer is no oracle, or nobody: refused
// ├── when a signature is for another chain, ledger or purpose: refused
// ├── when the same evidence comes again: refused; given the oracle was added again: it works again
// └── given a pending commit by it: the commit stands
contract OracleRegistryEquivocationTest is DisputeFixture {
    EpochReport private a = EpochReport(7, keccak256("previous"), keccak256("root"), keccak256("data"), 3);

    function setUp() public override {
        super.setUp();
        _addOracles(5);
    }

    function testFuzz_AnybodyRemovesIt(uint256 index, uint256 field, bytes32 other, address anybody) public {
        index = index % 5;
        EpochReport memory b = _differentFrom(a, field % 4, other);
        address oracle = _oracle(index);
        address owner = oracleRegistry.ownerOf(oracle);
        vm.recordLogs();
        vm.prank(anybody);
        _reportBy(oracleKeys[index], a, b);
        address[] memory gone = new address[](1);
        gone[0] = oracle;
        address[] memory owners = new address[](1);
        owners[0] = owner;
        _requireRemovals(vm.getRecordedLogs(), gone, owners, IOracleRegistry.Removal.Equivocation);
        _requireGone(oracle);
        vm.assertEq(oracleRegistry.oracles().length, 4, "the others stay");
    }

    function test_EitherOrderWillDo() public {
        EpochReport memory b = _differentFrom(a, 1, keccak256("other"));
        _reportBy(oracleKeys[0], b, a);
        _requireGone(_oracle(0));
    }

    function testFuzz_RefusesDifferentEpochs(uint64 epoch) public {
        vm.assume(epoch != a.epoch);
        EpochReport memory b = a;
        b.epoch = epoch;
        vm.expectRevert(
            abi.encodeWithSelector(IOracleRegistry.OracleRegistry_DifferentEpochs.selector, a.epoch, epoch)
        );
        _reportBy(oracleKeys[0], a, b);
    }

    function test_RefusesOneReportTwice() public {
        bytes32 digest = ledger.digestOf(a);
        vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_SameReport.selector, digest));
        _reportBy(oracleKeys[0], a, a);
        // A key has many signatures of one digest; they say the same.
        CompactSignature memory one = _compact(oracleKeys[0], digest);
        CompactSignature memory two = _compact(oracleKeys[1], digest);
        vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_SameReport.selector, digest));
        oracleRegistry.reportEquivocation(a, one, a, two);
    }

    function test_RefusesDifferentSigners() public {
        EpochReport memory b = _differentFrom(a, 1, keccak256("other"));
        CompactSignature memory ofA = _compact(oracleKeys[0], ledger.digestOf(a));
        CompactSignature memory ofB = _compact(oracleKeys[1], ledger.digestOf(b));
        vm.expectRevert(_differentSigners(_oracle(0), _oracle(1)));
        oracleRegistry.reportEquivocation(a, ofA, b, ofB);
        ofB = CompactSignature(bytes32(0), bytes32(0));
        vm.expectRevert(_differentSigners(_oracle(0), address(0)));
        oracleRegistry.reportEquivocation(a, ofA, b, ofB);
    }

    function testFuzz_RefusesWhoIsNoOracle(uint256 key) public {
        key = _between(key, 1, CURVE_ORDER - 1);
        vm.assume(!oracleRegistry.isOracle(vm.addr(key)));
        EpochReport memory b = _differentFrom(a, 1, keccak256("other"));
        vm.expectRevert(_notOracle(vm.addr(key)));
        _reportBy(key, a, b);
    }

    function test_RefusesSignaturesOfNobody() public {
        EpochReport memory b = _differentFrom(a, 1, keccak256("other"));
        CompactSignature memory none;
        vm.expectRevert(_notOracle(address(0)));
        oracleRegistry.reportEquivocation(a, none, b, none);
    }

    function test_AnotherLedgersReportIsNoEvidence() public {
        EpochLedger sister = _newLedger();
        EpochReport memory b = _differentFrom(a, 1, keccak256("other"));
        CompactSignature memory ofA = _compact(oracleKeys[0], ledger.digestOf(a));
        CompactSignature memory ofB = _compact(oracleKeys[0], sister.digestOf(b));
        (bool ok, bytes memory why) = _try(a, ofA, b, ofB);
        vm.assertFalse(ok, "refused");
        vm.assertEq(bytes32(bytes4(why)), IOracleRegistry.OracleRegistry_DifferentSigners.selector, "as another's");
    }

    function test_AnotherChainsReportIsNoEvidence() public {
        EpochReport memory b = _differentFrom(a, 1, keccak256("other"));
        CompactSignature memory ofA = _compact(oracleKeys[0], ledger.digestOf(a));
        _useChain(_chainId() + 1);
        CompactSignature memory ofB = _compact(oracleKeys[0], ledger.digestOf(b));
        (bool ok, bytes memory why) = _try(a, ofA, b, ofB);
        vm.assertFalse(ok, "refused");
        vm.assertEq(bytes32(bytes4(why)), IOracleRegistry.OracleRegistry_DifferentSigners.selector, "as another's");
    }

    function test_TheSameEvidenceCountsOnce() public {
        EpochReport memory b = _differentFrom(a, 1, keccak256("other"));
        _reportBy(oracleKeys[0], a, b);
        vm.expectRevert(_notOracle(_oracle(0)));
        _reportBy(oracleKeys[0], a, b);
        vm.expectRevert(_notOracle(_oracle(0)));
        _reportBy(oracleKeys[0], b, a);
    }

    function test_AKeyThatEquivocatedStaysUnfit() public {
        EpochReport memory b = _differentFrom(a, 1, keccak256("other"));
        _reportBy(oracleKeys[0], a, b);
        oracleRegistry.addOracle(_oracle(0));
        _reportBy(oracleKeys[0], a, b);
        _requireGone(_oracle(0));
    }

    function test_ReportsOfThePastAndOfTheFutureCount() public {
        _commit(7, keccak256("root"));
        EpochReport memory b = _differentFrom(a, 1, keccak256("other"));
        _reportBy(oracleKeys[0], a, b);
        a.epoch = type(uint64).max;
        b.epoch = type(uint64).max;
        _reportBy(oracleKeys[1], a, b);
        vm.assertEq(oracleRegistry.oracles().length, 3, "both are gone");
    }

    function test_ItsCommitStands() public {
        _propose(0, keccak256("root"));
        _reportBy(oracleKeys[0], a, _differentFrom(a, 1, keccak256("other")));
        _waitForActivation();
        vm.assertEq(ledger.rootOf(0), keccak256("root"), "the root");
    }

    function test_AnOpenChallengeGoesWithIt() public {
        oracleRegistry.challenge(_oracle(0));
        _reportBy(oracleKeys[0], a, _differentFrom(a, 1, keccak256("other")));
        _requireGone(_oracle(0));
    }

    function _reportBy(uint256 key, EpochReport memory one, EpochReport memory two) private {
        CompactSignature memory ofOne = _compact(key, _digestOf(one));
        CompactSignature memory ofTwo = _compact(key, _digestOf(two));
        oracleRegistry.reportEquivocation(one, ofOne, two, ofTwo);
    }

    /// @dev From its definition, and without a call, so that a caller or a refusal can be expected of the next one.
    function _digestOf(EpochReport memory report) private view returns (bytes32) {
        bytes32 kind = keccak256(
            "EpochReport(uint64 epoch,bytes32 previousRoot,bytes32 root,bytes32 dataHash,uint64 leafCount)"
        );
        return _typedDigest("EpochLedger", address(ledger), keccak256(abi.encode(kind, report)));
    }

    function _try(
        EpochReport memory one,
        CompactSignature memory ofOne,
        EpochReport memory two,
        CompactSignature memory ofTwo
    ) private returns (bool, bytes memory) {
        return
            address(oracleRegistry).call(abi.encodeCall(oracleRegistry.reportEquivocation, (one, ofOne, two, ofTwo)));
    }

    function _differentFrom(
        EpochReport memory report,
        uint256 field,
        bytes32 other
    ) private pure returns (EpochReport memory) {
        EpochReport memory b = EpochReport(
            report.epoch,
            report.previousRoot,
            report.root,
            report.dataHash,
            report.leafCount
        );
        if (field == 0) b.previousRoot = keccak256(abi.encode(other));
        else if (field == 1) b.root = keccak256(abi.encode(other));
        else if (field == 2) b.dataHash = keccak256(abi.encode(other));
        else b.leafCount = report.leafCount + 1 + uint32(uint256(other));
        return b;
    }

    function _differentSigners(address one, address two) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IOracleRegistry.OracleRegistry_DifferentSigners.selector, one, two);
    }

    function _notOracle(address account) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IOracleRegistry.OracleRegistry_NotOracle.selector, account);
    }
}
