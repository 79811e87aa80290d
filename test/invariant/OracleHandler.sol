// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {CompactSignature, EpochReport} from "../../contracts/types/EpochReport.sol";
import {LeafKind} from "../../contracts/types/Leaf.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";
import {World} from "./World.sol";

/// @title OracleHandler
/// @notice What oracles do and what is done to them: quorums commit, anybody disproves, oracles join, lapse, turn corrupt,
/// equivocate, are challenged, answer or stay silent.
abstract contract OracleHandler is World {
    /// @dev A committed tree: leaf `i` is that of `subjects[i]`.
    struct Sheet {
        uint64 epoch;
        bool corrupt;
        uint256[] values;
        bytes32[] tree;
        address[] signers;
    }

    uint256 private constant FEWEST_ORACLES = 7;
    /// @dev In all: governance has to find others.
    uint256 private constant MOST_TURNED = 8;
    /// @dev A sum that no honest oracle comes near.
    uint256 private constant ABSURD = 1e9;

    /// @notice Committed and not disproved, ascending.
    uint64[] public epochs;
    uint64[] public disproved;
    mapping(uint64 epoch => bytes32) public rootAt;
    mapping(address oracle => bool) public corrupt;

    /// @dev All sheets ever; number 0 is empty and stands for none.
    Sheet[] internal sheets;
    uint256 internal active;
    uint256 internal pending;
    uint256 internal lastDisproved;
    /// @dev The last active one that an honest quorum signed.
    uint256 internal lastHonest;
    uint256 internal activeFrom;
    uint256 private turned;

    /// @dev Knows what time has made active.
    modifier settled() {
        _settle();
        _;
    }

    function setUp() public virtual override {
        super.setUp();
        sheets.push();
    }

    // ---------------------------------------------------------------- actions: epochs

    /// @notice Honest oracles, if they are a quorum, commit what nodes earned.
    function commit(uint256 seed) public settled acts {
        (uint256[] memory keys, uint256 count) = _signers(false);
        if (count >= oracleRegistry.quorum() && _commitBy(keys, seed, false)) ++done["commit"];
    }

    /// @notice A corrupt quorum commits anything at all.
    function commitCorrupt(uint256 seed) external settled acts {
        (uint256[] memory keys, uint256 count) = _signers(true);
        if (count >= oracleRegistry.quorum() && _commitBy(keys, seed, true)) ++done["commitCorrupt"];
    }

    /// @notice Corrupt oracles that are no quorum try to commit, and to assign, with the signatures they can get hold of.
    function forge(uint256 seed) external settled acts {
        uint256 quorum = oracleRegistry.quorum();
        uint64 epoch = ledger.currentEpoch();
        (, uint64 latest, ) = ledger.latest();
        if (pending != 0 || ledger.paused() || epoch <= latest + 1) return;
        EpochReport memory report = _report(epoch - 1, keccak256(abi.encode(seed)));
        CompactSignature[] memory signatures = _forged(ledger.digestOf(report), quorum, seed);
        try ledger.commit(report, signatures) {
            _must(false, "a root without a quorum");
        } catch {
            ++done["forge"];
        }
        uint16[] memory joining = _ids(uint16(_nodeDeed(seed).tokenId()));
        IJobEscrow.Assignment memory assignment = _assignment(1, _noIds(), joining);
        signatures = _forged(escrow.digestOf(assignment), quorum, seed);
        try escrow.assign(assignment, signatures) {
            _must(false, "an assignment without a quorum");
        } catch {}
    }

    /// @notice Shows one leaf of the pending root, and looks whether the ledger agrees with the rule.
    function disprove(uint256 which) external settled acts {
        if (pending == 0) return;
        which = which % sheets[pending].values.length;
        Pair memory pair = _pairOf(which);
        bool isNew = which >= sheets[active].values.length;
        uint64 epoch = sheets[pending].epoch;
        uint256 most = FULL * (isNew ? uint256(epoch) + 1 : epoch - sheets[active].epoch);
        bool expected = pair.later < pair.before || pair.later - pair.before > most;
        try ledger.disprove(pair.kind, pair.id, pair.before, pair.proofBefore, pair.later, pair.proofAfter) {
            _must(expected, "a root was disproved against the rule");
            _must(sheets[pending].corrupt, "an honest root was disproved");
            _takeBack();
            ++done["disprove"];
        } catch {
            _must(!expected, "a wrong leaf was shown in vain");
            ++done["disprove in vain"];
        }
    }

    // ---------------------------------------------------------------- actions: oracles

    /// @notice Governance brings the set to its full size again.
    function restaff() public acts {
        uint256 missing = oracleKeys.length < FEWEST_ORACLES ? FEWEST_ORACLES - oracleKeys.length : 0;
        uint256[] memory keys = new uint256[](missing);
        uint256 found = 0;
        for (uint256 i = 0; i < spareKeys.length && found < missing; ++i) {
            address node = vm.addr(spareKeys[i]);
            if (corrupt[node] || oracleRegistry.isOracle(node)) continue;
            keys[found++] = spareKeys[i];
            _schedule(address(oracleRegistry), abi.encodeCall(oracleRegistry.addOracle, (node)));
        }
        if (found == 0) return;
        vm.warp(_now() + GOVERNANCE_DELAY);
        for (uint256 i = 0; i < found; ++i) {
            _execute(address(oracleRegistry), abi.encodeCall(oracleRegistry.addOracle, (vm.addr(keys[i]))));
            _keepOracleKey(keys[i]);
            ++done["restaff"];
        }
    }

    /// @notice Governance makes an operator's node an oracle, or tries to.
    function addOracle(uint256 nodeIndex) external acts {
        uint256 key = nodeKeys[nodeIndex % NODES];
        address node = vm.addr(key);
        bytes memory call = abi.encodeCall(oracleRegistry.addOracle, (node));
        _schedule(address(oracleRegistry), call);
        vm.warp(_now() + GOVERNANCE_DELAY);
        address owner = nodes.operatorOf(node);
        bool can = nodes.isActive(node) && !oracleRegistry.isOracle(node) && !_hasOracle(owner);
        vm.prank(governor);
        try manager.execute(address(oracleRegistry), call) {
            _must(can, "an oracle that must not be one");
            _must(oracleRegistry.ownerOf(node) == owner, "an oracle of somebody else");
            _keepOracleKey(key);
            ++done["addOracle"];
        } catch {
            _must(!can, "an oracle was refused");
            vm.prank(governor);
            manager.cancel(governor, address(oracleRegistry), call);
        }
    }

    /// @notice Ejects the first oracle, from that one on, that is no longer eligible.
    function ejectOracle(uint256 index) external acts {
        uint256 count = oracleKeys.length;
        for (uint256 i = 0; i < count; ++i) {
            uint256 at = ((index % count) + i) % count;
            if (oracleRegistry.isEligible(_oracle(at))) continue;
            oracleRegistry.eject(_oracle(at));
            _dropOracleKey(at);
            ++done["ejectOracle"];
            return;
        }
    }

    /// @notice An oracle turns corrupt, if that leaves at most f of them.
    function turn(uint256 index) external acts {
        uint256 count = oracleKeys.length;
        if (count == 0) return;
        (, uint256 honest) = _signers(false);
        if ((count - honest + 1) * 3 >= count || turned == MOST_TURNED) return;
        ++turned;
        corrupt[_oracle(index % count)] = true;
        ++done["turn"];
    }

    function equivocate(uint256 index, uint64 epoch) external acts {
        uint256 count = oracleKeys.length;
        for (uint256 i = 0; i < count; ++i) {
            uint256 at = ((index % count) + i) % count;
            if (!corrupt[_oracle(at)]) continue;
            EpochReport memory a = EpochReport(epoch, 0, keccak256("one"), 0, 1);
            EpochReport memory b = EpochReport(epoch, 0, keccak256("two"), 0, 1);
            uint256 key = oracleKeys[at];
            oracleRegistry.reportEquivocation(
                a,
                _compact(key, ledger.digestOf(a)),
                b,
                _compact(key, ledger.digestOf(b))
            );
            _dropOracleKey(at);
            ++done["equivocate"];
            return;
        }
    }

    function challenge(uint256 index) external acts {
        if (oracleKeys.length == 0) return;
        address oracle = _oracle(index % oracleKeys.length);
        (uint64 deadline, uint64 next) = oracleRegistry.challengeOf(oracle);
        bool allowed = deadline == 0 && _now() >= next;
        try oracleRegistry.challenge(oracle) {
            _must(allowed, "an oracle was challenged too often");
            ++done["challenge"];
        } catch {
            _must(!allowed, "a challenge was refused");
        }
    }

    function answer(uint256 index) external acts {
        if (oracleKeys.length == 0) return;
        uint256 key = oracleKeys[index % oracleKeys.length];
        (uint64 deadline, ) = oracleRegistry.challengeOf(vm.addr(key));
        bool inTime = deadline != 0 && _now() <= deadline;
        try oracleRegistry.answer(vm.addr(key), _answer(key, deadline)) {
            _must(inTime, "a late answer counted");
            ++done["answer"];
        } catch {
            _must(!inTime, "an answer in time was refused");
        }
    }

    function removeSilent(uint256 index) external acts {
        if (oracleKeys.length == 0) return;
        index = index % oracleKeys.length;
        (uint64 deadline, ) = oracleRegistry.challengeOf(_oracle(index));
        bool silent = deadline != 0 && _now() > deadline;
        try oracleRegistry.removeSilent(_oracle(index)) {
            _must(silent, "an oracle was removed that may still answer");
            _dropOracleKey(index);
            ++done["removeSilent"];
        } catch {
            _must(!silent, "a silent oracle stayed");
        }
    }

    // ---------------------------------------------------------------- inside: commits

    function _settle() internal {
        if (pending == 0 || _isPendingNow()) return;
        active = pending;
        pending = 0;
        if (!sheets[active].corrupt) lastHonest = active;
    }

    /// @dev By the handler's own clock: the ledger is not asked.
    function _isPendingNow() internal view returns (bool) {
        return pending != 0 && _now() < activeFrom;
    }

    /// @dev Keys of the oracles that sign, in order: the honest ones, or all.
    function _signers(bool all) internal view returns (uint256[] memory keys, uint256 count) {
        keys = new uint256[](oracleKeys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            if (all || !corrupt[_oracle(i)]) keys[count++] = oracleKeys[i];
        }
    }

    /// @dev Commits the running epoch when it ends; nothing but a pause can be in the way.
    function _commitBy(uint256[] memory keys, uint256 seed, bool lies) internal returns (bool) {
        uint64 epoch = ledger.currentEpoch();
        (bool committed, uint64 latest, ) = ledger.latest();
        if (pending != 0 || (committed && epoch <= latest)) return false;
        vm.warp(ledger.epochEnd(epoch));
        uint256[] memory values = new uint256[](subjects.length);
        for (uint256 i = 0; i < values.length; ++i) {
            uint256 chance = uint256(keccak256(abi.encode(seed, i)));
            values[i] = lies ? _lie(i, epoch, chance) : _earned(i, epoch, seed == 255 ? 1 : chance);
        }
        bytes32[] memory tree = _treeFor(values);
        bool open = !ledger.paused();
        EpochReport memory report = _report(epoch, tree[0]);
        try ledger.commit(report, _quorumOf(keys, ledger.digestOf(report))) {
            _must(open, "a commit in a pause");
        } catch {
            _must(!open, "a good commit was refused");
            return false;
        }
        _keepSheet(epoch, lies, values, tree);
        for (uint256 i = 0; i < oracleRegistry.quorum(); ++i) sheets[pending].signers.push(vm.addr(keys[i]));
        return true;
    }

    function _quorumOf(uint256[] memory keys, bytes32 digest) internal view returns (CompactSignature[] memory signed) {
        signed = new CompactSignature[](oracleRegistry.quorum());
        for (uint256 i = 0; i < signed.length; ++i) signed[i] = _compact(keys[i], digest);
    }

    /// @dev What an honest oracle says a leaf is: never more than the chain allows, and never less than before.
    function _earned(uint256 which, uint64 epoch, uint256 chance) private view returns (uint256) {
        Sheet storage sheet = sheets[active];
        uint256 before = which < sheet.values.length ? sheet.values[which] : 0;
        if (before > ABSURD) return before;
        Subject storage subject = subjects[which];
        uint64 first = active == 0 ? 0 : sheet.epoch + 1;
        if (subject.kind == LeafKind.Service) return before + _credit(_seated(subject, first, epoch), chance);
        uint256 bound = _boundOf(subject.deed, epoch);
        if (before >= bound) return before;
        uint256 sum = before + _credit(epoch + 1 - first, chance);
        return sum > bound ? bound : sum;
    }

    /// @dev Mostly whole epochs.
    function _credit(uint256 count, uint256 chance) private pure returns (uint256) {
        return chance % 4 != 0 ? FULL * count : (chance >> 8) % (FULL * count + 1);
    }

    /// @dev Epochs from `first` to `last` for which the deed is paid by the job, and not settled.
    function _seated(Subject storage subject, uint256 first, uint256 last) private view returns (uint256) {
        IJobEscrow.Service memory service = escrow.serviceOf(subject.jobId, uint16(subject.deed.tokenId()));
        if (service.from > first) first = service.from;
        uint256 end = service.to < last + 1 ? service.to : last + 1;
        return end > first ? end - first : 0;
    }

    function _lie(uint256 which, uint64 epoch, uint256 chance) private view returns (uint256) {
        if (chance % 5 == 0) return chance;
        bool isService = subjects[which].kind == LeafKind.Service;
        uint256 bound = isService ? 20_000 : _boundOf(subjects[which].deed, epoch);
        return (chance >> 8) % (2 * bound + 2);
    }

    function _treeFor(uint256[] memory values) private view returns (bytes32[] memory) {
        bytes32[] memory leaves = new bytes32[](values.length);
        for (uint256 i = 0; i < leaves.length; ++i) leaves[i] = _leaf(i, values[i]);
        return MerkleTree.build(leaves);
    }

    function _keepSheet(uint64 epoch, bool lies, uint256[] memory values, bytes32[] memory tree) private {
        pending = sheets.length;
        activeFrom = _now() + ACTIVATION;
        Sheet storage sheet = sheets.push();
        sheet.epoch = epoch;
        sheet.corrupt = lies;
        sheet.values = values;
        sheet.tree = tree;
        epochs.push(epoch);
        rootAt[epoch] = tree[0];
    }

    function _takeBack() private {
        _must(_isPendingNow(), "an active root was disproved");
        for (uint256 i = oracleKeys.length; i > 0; --i) {
            if (_signed(_oracle(i - 1))) _dropOracleKey(i - 1);
        }
        delete rootAt[sheets[pending].epoch];
        epochs.pop();
        disproved.push(sheets[pending].epoch);
        lastDisproved = pending;
        pending = 0;
    }

    function _signed(address oracle) private view returns (bool) {
        address[] memory signers = sheets[pending].signers;
        for (uint256 i = 0; i < signers.length; ++i) if (signers[i] == oracle) return true;
        return false;
    }

    function _pairOf(uint256 which) private view returns (Pair memory pair) {
        (pair.kind, pair.id) = (subjects[which].kind, subjects[which].id);
        (pair.later, pair.proofAfter) = _proven(pending, which);
        if (which < sheets[active].values.length) (pair.before, pair.proofBefore) = _proven(active, which);
    }

    function _proven(uint256 sheet, uint256 which) internal view returns (uint256 value, bytes32[] memory proof) {
        return (sheets[sheet].values[which], MerkleTree.proof(sheets[sheet].tree, which));
    }

    // ---------------------------------------------------------------- inside: forgers

    /// @dev None, those of corrupt oracles as often as it takes, or those of everybody for something else.
    function _forged(
        bytes32 digest,
        uint256 quorum,
        uint256 seed
    ) private view returns (CompactSignature[] memory signatures) {
        signatures = new CompactSignature[](seed % 8 == 0 ? 0 : quorum);
        bool replays = seed % 2 == 0;
        if (replays) digest = keccak256(abi.encode("another purpose", digest));
        uint256 key = _key("nobody", 0);
        uint256 at = 0;
        for (uint256 i = 0; i < signatures.length; ++i) {
            while (at < oracleKeys.length && !replays && !corrupt[_oracle(at)]) ++at;
            if (at < oracleKeys.length) key = oracleKeys[at++];
            signatures[i] = _compact(key, digest);
        }
    }

    function _hasOracle(address owner) private view returns (bool) {
        for (uint256 i = 0; i < oracleKeys.length; ++i) {
            if (oracleRegistry.ownerOf(_oracle(i)) == owner) return true;
        }
        return false;
    }
}
