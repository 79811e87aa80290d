// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IEpochClock} from "../../contracts/interfaces/IEpochClock.sol";
import {IEpochLedger} from "../../contracts/interfaces/IEpochLedger.sol";
import {IOracleRegistry} from "../../contracts/interfaces/IOracleRegistry.sol";
import {EpochLedger} from "../../contracts/oracles/EpochLedger.sol";
import {CompactSignature, EpochReport} from "../../contracts/types/EpochReport.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// EpochLedger.commit, and the clock
// ├── given five oracles (quorum four)
// │   ├── when an ended epoch comes with a quorum: stored, readable, told in an event with the signers
// │   ├── when all sign, or any four: the signers are told by position
// │   ├── when epochs are skipped: the later one is stored, the skipped ones have no root
// │   ├── when the epoch runs, was committed, or is earlier: refused
// │   ├── when the previous root is wrong, or the root zero: refused
// │   ├── when signatures are too few, repeated, unsorted, foreign, malleable, over another report: refused
// │   ├── when signed for another chain or ledger: refused
// │   └── given an oracle was removed: its signature no longer counts
// ├── given fewer than three oracles: nothing can be committed
// └── given a pause: refused, and roots from before stay readable
contract EpochLedgerCommitTest is ProtocolFixture {
    bytes32 private constant ROOT = keccak256("root");

    function setUp() public override {
        super.setUp();
        _addOracles(5);
    }

    function test_StoresARootWithAQuorum() public {
        _endEpoch(0);
        EpochReport memory report = EpochReport(0, 0, ROOT, keccak256("data"), 7);
        CompactSignature[] memory signatures = _signatures(report, 4);
        (, address setPointer, ) = oracleRegistry.verify(ledger.digestOf(report), signatures);
        vm.expectEmit(address(ledger));
        emit IEpochLedger.EpochCommitted(0, ROOT, 0, keccak256("data"), 7, 15, setPointer);
        vm.prank(vm.addr(_key("anybody", 0)));
        ledger.commit(report, signatures);
        (bool committed, uint64 epoch, bytes32 root) = ledger.latest();
        vm.assertTrue(committed, "committed");
        vm.assertEq(epoch, 0, "epoch");
        vm.assertEq(root, ROOT, "latest root");
    }

    function test_NothingIsCommittedAtFirst() public view {
        (bool committed, uint64 epoch, bytes32 root) = ledger.latest();
        vm.assertFalse(committed, "committed");
        vm.assertEq(epoch, 0, "epoch");
        vm.assertEq(root, 0, "root");
        vm.assertEq(ledger.rootOf(0), 0, "root of 0");
    }

    function testFuzz_AnyQuorumWillDo(uint256 mask) public {
        mask = mask & 31;
        uint256 count = 0;
        for (uint256 i = 0; i < 5; ++i) count += (mask >> i) & 1;
        EpochReport memory report = _ended(0, ROOT);
        bytes32 digest = ledger.digestOf(report);
        CompactSignature[] memory signatures = new CompactSignature[](count);
        uint256 next = 0;
        for (uint256 i = 0; i < 5; ++i) {
            if ((mask >> i) & 1 == 1) signatures[next++] = _compact(oracleKeys[i], digest);
        }
        if (count < 4) {
            vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_TooFewSignatures.selector, count, 4));
            oracleRegistry.verify(digest, signatures);
        } else {
            (uint256 signers, , ) = oracleRegistry.verify(digest, signatures);
            vm.assertEq(signers, mask, "signers");
            ledger.commit(report, signatures);
        }
    }

    function testFuzz_EpochsMayBeSkippedButNeverGoBack(uint64 first, uint64 second) public {
        first = uint64(_between(first, 0, 10_000));
        second = uint64(_between(second, first + 1, 20_000));
        _commit(first, ROOT);
        _commit(second, keccak256("second"));
        vm.assertEq(ledger.rootOf(first), ROOT, "first");
        vm.assertEq(ledger.rootOf(second), keccak256("second"), "second");
        if (second > first + 1) vm.assertEq(ledger.rootOf(first + 1), 0, "skipped");
        for (uint64 epoch = first; epoch <= second; epoch += (second - first)) {
            EpochReport memory report = _report(epoch, ROOT);
            _refuses(
                report,
                _signatures(report, 5),
                abi.encodeWithSelector(IEpochLedger.EpochLedger_NotLater.selector, epoch, second)
            );
        }
    }

    function testFuzz_RefusesARunningEpoch(uint64 epoch, uint256 early) public {
        epoch = uint64(_between(epoch, 0, 1 << 32));
        uint256 end = ledger.epochEnd(epoch);
        early = _between(early, 1, end - GENESIS);
        vm.warp(end - early);
        EpochReport memory report = _report(epoch, ROOT);
        _refuses(
            report,
            _signatures(report, 5),
            abi.encodeWithSelector(IEpochLedger.EpochLedger_NotEnded.selector, epoch, end, end - early)
        );
        vm.warp(end);
        ledger.commit(report, _signatures(report, 5));
    }

    function testFuzz_RefusesAWrongPreviousRoot(bytes32 previousRoot) public {
        vm.assume(previousRoot != ROOT);
        _commit(0, ROOT);
        _endEpoch(1);
        EpochReport memory report = EpochReport(1, previousRoot, keccak256("next"), 0, 1);
        _refuses(
            report,
            _signatures(report, 5),
            abi.encodeWithSelector(IEpochLedger.EpochLedger_WrongPreviousRoot.selector, previousRoot, ROOT)
        );
    }

    function test_RefusesAPreviousRootBeforeTheFirst() public {
        _endEpoch(0);
        EpochReport memory report = EpochReport(0, ROOT, ROOT, 0, 1);
        _refuses(
            report,
            _signatures(report, 5),
            abi.encodeWithSelector(IEpochLedger.EpochLedger_WrongPreviousRoot.selector, ROOT, bytes32(0))
        );
    }

    function test_RefusesTheZeroRoot() public {
        EpochReport memory report = _ended(0, 0);
        _refuses(report, _signatures(report, 5), abi.encodePacked(IEpochLedger.EpochLedger_ZeroRoot.selector));
    }

    function test_RefusesARepeatedSigner() public {
        EpochReport memory report = _ended(0, ROOT);
        CompactSignature[] memory signatures = _signatures(report, 4);
        signatures[3] = signatures[2];
        _refuses(report, signatures, _bad(3, vm.addr(oracleKeys[2])));
    }

    function test_RefusesUnsortedSignatures() public {
        EpochReport memory report = _ended(0, ROOT);
        CompactSignature[] memory signatures = _signatures(report, 5);
        (signatures[1], signatures[3]) = (signatures[3], signatures[1]);
        _refuses(report, signatures, _bad(2, vm.addr(oracleKeys[2])));
    }

    function testFuzz_RefusesAForeignSignature(uint256 key, uint256 position) public {
        key = _between(key, 1, CURVE_ORDER - 1);
        vm.assume(!oracleRegistry.isOracle(vm.addr(key)));
        position = _between(position, 0, 4);
        EpochReport memory report = _ended(0, ROOT);
        CompactSignature[] memory signatures = _signatures(report, 5);
        signatures[position] = _compact(key, ledger.digestOf(report));
        _refuses(report, signatures, _bad(position, vm.addr(key)));
    }

    function test_RefusesASurplusForeignSignature() public {
        EpochReport memory report = _ended(0, ROOT);
        CompactSignature[] memory quorum = _signatures(report, 4);
        CompactSignature[] memory signatures = new CompactSignature[](5);
        for (uint256 i = 0; i < 4; ++i) signatures[i] = quorum[i];
        _refuses(report, signatures, _bad(4, address(0)));
    }

    function testFuzz_RefusesTheMalleableTwin(uint256 position) public {
        position = _between(position, 0, 4);
        EpochReport memory report = _ended(0, ROOT);
        CompactSignature[] memory signatures = _signatures(report, 5);
        // The compact form has no bit for a high `s`: whatever stands for it recovers somebody else, or nobody.
        uint256 vs = uint256(signatures[position].vs);
        uint256 high = CURVE_ORDER - (vs & (type(uint256).max >> 1));
        signatures[position].vs = bytes32(high ^ ((~vs >> 255) << 255));
        bytes32 digest = ledger.digestOf(report);
        address recovered = _recover(digest, signatures[position]);
        vm.assertTrue(recovered != vm.addr(oracleKeys[position]), "another");
        _refuses(report, signatures, _bad(position, recovered));
    }

    function test_RefusesSignaturesOverAnyOtherReport() public {
        EpochReport memory signed = _ended(1, ROOT);
        CompactSignature[] memory signatures = _signatures(signed, 5);
        EpochReport[3] memory others = [signed, signed, signed];
        others[1] = EpochReport(1, 0, ROOT, keccak256("other data"), 1);
        others[2] = EpochReport(1, 0, ROOT, signed.dataHash, 2);
        others[0] = EpochReport(0, 0, ROOT, signed.dataHash, 1);
        for (uint256 i = 0; i < 3; ++i) {
            address recovered = _recover(ledger.digestOf(others[i]), signatures[0]);
            _refuses(others[i], signatures, _bad(0, recovered));
        }
        ledger.commit(signed, signatures);
    }

    function test_RefusesSignaturesOfAnotherChain() public {
        EpochReport memory report = _ended(0, ROOT);
        CompactSignature[] memory signatures = _signatures(report, 5);
        _useChain(_chainId() + 1);
        address recovered = _recover(ledger.digestOf(report), signatures[0]);
        _refuses(report, signatures, _bad(0, recovered));
    }

    function test_RefusesSignaturesOfAnotherLedger() public {
        EpochReport memory report = _ended(0, ROOT);
        CompactSignature[] memory signatures = _signatures(report, 5);
        EpochLedger sister = _newLedger();
        address recovered = _recover(sister.digestOf(report), signatures[0]);
        vm.expectRevert(_bad(0, recovered));
        sister.commit(report, signatures);
    }

    function test_ARemovedOracleNoLongerCounts() public {
        EpochReport memory report = _ended(0, ROOT);
        CompactSignature[] memory signatures = _signatures(report, 5);
        address removed = vm.addr(oracleKeys[1]);
        oracleRegistry.removeOracle(removed);
        _refuses(report, signatures, _bad(1, removed));
    }

    function test_FewerThanThreeOraclesCommitNothing() public {
        for (uint256 i = 4; i >= 2; --i) oracleRegistry.removeOracle(vm.addr(oracleKeys[i]));
        vm.assertEq(oracleRegistry.quorum(), 3, "quorum");
        EpochReport memory report = _ended(0, ROOT);
        _refuses(
            report,
            _signatures(report, 2),
            abi.encodeWithSelector(IOracleRegistry.OracleRegistry_TooFewSignatures.selector, 2, 3)
        );
        _refuses(report, _signatures(report, 3), _bad(2, vm.addr(oracleKeys[2])));
    }

    function test_APauseStopsCommitsAndHidesNothing() public {
        _commit(0, ROOT);
        EpochReport memory report = _ended(1, keccak256("next"));
        vm.prank(guardian);
        ledger.pause();
        _refuses(report, _signatures(report, 5), abi.encodePacked(Pausable.EnforcedPause.selector));
        vm.assertEq(ledger.rootOf(0), ROOT, "root");
        ledger.unpause();
        ledger.commit(report, _signatures(report, 5));
    }

    function testFuzz_TheClockDividesTimeEvenly(uint256 time) public {
        time = _between(time, 1, GENESIS + (1 << 40));
        vm.warp(time);
        uint64 epoch = ledger.currentEpoch();
        if (time < GENESIS) {
            vm.assertEq(epoch, 0, "before genesis");
        } else {
            vm.assertLe(GENESIS + epoch * EPOCH, time, "begun");
            vm.assertGt(ledger.epochEnd(epoch), time, "not ended");
        }
        vm.assertEq(nodes.currentEpoch(), epoch, "registry and ledger agree");
    }

    function test_AClockNeedsADuration() public {
        vm.expectRevert(IEpochClock.EpochClock_ZeroDuration.selector);
        this.createWithoutDuration();
    }

    function createWithoutDuration() external {
        _create("EpochLedger.sol:EpochLedger", abi.encode(manager, oracleRegistry, GENESIS, 0, 0));
    }

    function _endEpoch(uint64 epoch) private {
        vm.warp(ledger.epochEnd(epoch));
    }

    function _ended(uint64 epoch, bytes32 root) private returns (EpochReport memory) {
        _endEpoch(epoch);
        return _report(epoch, root);
    }

    /// @dev Refused, and nothing changed.
    function _refuses(EpochReport memory report, CompactSignature[] memory signatures, bytes memory why) private {
        (, , bytes32 before) = ledger.latest();
        vm.expectRevert(why);
        ledger.commit(report, signatures);
        (, , bytes32 afterwards) = ledger.latest();
        vm.assertEq(afterwards, before, "nothing changed");
    }

    function _bad(uint256 index, address signer) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IOracleRegistry.OracleRegistry_BadSignature.selector, index, signer);
    }

    function _recover(bytes32 digest, CompactSignature memory signature) private pure returns (address) {
        uint256 s = uint256(signature.vs) & (type(uint256).max >> 1);
        if (s > CURVE_ORDER / 2) return address(0);
        return ecrecover(digest, uint8((uint256(signature.vs) >> 255) + 27), signature.r, bytes32(s));
    }
}
