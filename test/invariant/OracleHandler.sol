// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DeedId} from "../../contracts/types/DeedId.sol";
import {EpochReport} from "../../contracts/types/EpochReport.sol";
import {LeafKind} from "../../contracts/types/Leaf.sol";
import {DisputeFixture} from "../helpers/DisputeFixture.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";

/// @title OracleHandler
/// @notice What oracles do and what is done to them: honest and corrupt quorums commit, anybody disproves, oracles join, lapse,
/// equivocate, are challenged, answer or stay silent.
abstract contract OracleHandler is DisputeFixture {
    /// @dev A committed tree: leaf `i` is that of `deeds[i]`. Deeds are only ever added, so trees share their order.
    struct Sheet {
        uint64 epoch;
        bool corrupt;
        uint256[] values;
        bytes32[] tree;
        address[] signers;
    }

    uint256 private constant FEWEST_ORACLES = 4;

    DeedId[] public deeds;
    /// @notice Committed and not disproved, ascending.
    uint64[] public epochs;
    uint64[] public disproved;
    mapping(uint64 epoch => bytes32) public rootAt;
    mapping(string action => uint256) public done;
    /// @notice Something happened that must never happen; empty while all is well.
    string public wrong;

    Sheet internal _active;
    Sheet internal _pending;
    Sheet internal _lastDisproved;
    uint256 private _newcomers;
    uint256 private _activeFrom;

    /// @dev Knows what time has made active.
    modifier settled() {
        _settle();
        _;
    }

    // ---------------------------------------------------------------- actions: epochs

    /// @notice Commits the last ended epoch: what nodes earned when honest, anything at all when corrupt.
    function commit(uint256 seed, bool corrupt) public settled {
        uint64 epoch = ledger.currentEpoch();
        (bool committed, uint64 latest, ) = ledger.latest();
        if (committed && epoch <= latest) return;
        if (_pending.tree.length != 0 || oracleKeys.length < oracleRegistry.quorum()) return;
        DeedId[] memory leaves = new DeedId[](deeds.length);
        uint256[] memory values = new uint256[](deeds.length);
        for (uint256 i = 0; i < deeds.length; ++i) {
            uint256 bound = _collection(deeds[i]).boundOf(deeds[i].tokenId(), epoch);
            uint256 chance = uint256(keccak256(abi.encode(seed, i)));
            leaves[i] = deeds[i];
            values[i] = corrupt ? _lie(chance, bound) : _credited(i, bound, seed == 255 ? 255 : chance % 256);
        }
        _keepPending(epoch, corrupt, values, _proposeLeaves(epoch, leaves, values));
        ++done[corrupt ? "commit corrupt" : "commit honest"];
    }

    /// @notice Shows one leaf of the pending root, and looks whether the ledger agrees with the rule.
    function disprove(uint256 which) external settled {
        if (_pending.tree.length == 0) return;
        which = which % _pending.values.length;
        Pair memory pair = _pairOf(which);
        bool isNew = which >= _active.values.length;
        uint256 most = FULL * (isNew ? uint256(_pending.epoch) + 1 : _pending.epoch - _active.epoch);
        bool expected = pair.later < pair.before || pair.later - pair.before > most;
        try ledger.disprove(pair.kind, pair.id, pair.before, pair.proofBefore, pair.later, pair.proofAfter) {
            if (!expected) wrong = "a root was disproved against the rule";
            if (!_pending.corrupt) wrong = "an honest root was disproved";
            _takeBack();
            ++done["disprove"];
        } catch {
            if (expected) wrong = "a wrong leaf was shown in vain";
        }
    }

    // ---------------------------------------------------------------- actions: oracles

    /// @notice Governance brings the set to its first size again.
    function restaff() external {
        while (oracleKeys.length <= FEWEST_ORACLES) {
            uint256 number = _newcomers++;
            _addOracle(_key("newcomer", number), _operator("newcomer's owner", number));
            ++done["restaff"];
        }
    }

    /// @notice Ejects the first oracle, from that one on, that is no longer eligible.
    function ejectOracle(uint256 index) external {
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

    /// @notice One time in four, so that oracles live long enough for the rest.
    function equivocate(uint256 index, uint64 epoch) external {
        if (oracleKeys.length <= FEWEST_ORACLES || epoch % 4 != 0) return;
        index = index % oracleKeys.length;
        EpochReport memory a = EpochReport(epoch, 0, keccak256("one"), 0, 1);
        EpochReport memory b = EpochReport(epoch, 0, keccak256("two"), 0, 1);
        uint256 key = oracleKeys[index];
        oracleRegistry.reportEquivocation(a, _compact(key, ledger.digestOf(a)), b, _compact(key, ledger.digestOf(b)));
        _dropOracleKey(index);
        ++done["equivocate"];
    }

    function challenge(uint256 index) external {
        if (oracleKeys.length == 0) return;
        address oracle = _oracle(index % oracleKeys.length);
        (uint64 deadline, uint64 next) = oracleRegistry.challengeOf(oracle);
        bool allowed = deadline == 0 && _now() >= next;
        try oracleRegistry.challenge(oracle) {
            if (!allowed) wrong = "an oracle was challenged too often";
            ++done["challenge"];
        } catch {
            if (allowed) wrong = "a challenge was refused";
        }
    }

    function answer(uint256 index) external {
        if (oracleKeys.length == 0) return;
        uint256 key = oracleKeys[index % oracleKeys.length];
        (uint64 deadline, ) = oracleRegistry.challengeOf(vm.addr(key));
        bool inTime = deadline != 0 && _now() <= deadline;
        try oracleRegistry.answer(vm.addr(key), _answer(key, deadline)) {
            if (!inTime) wrong = "a late answer counted";
            ++done["answer"];
        } catch {
            if (inTime) wrong = "an answer in time was refused";
        }
    }

    function removeSilent(uint256 index) external {
        if (oracleKeys.length == 0) return;
        index = index % oracleKeys.length;
        (uint64 deadline, ) = oracleRegistry.challengeOf(_oracle(index));
        bool silent = deadline != 0 && _now() > deadline;
        try oracleRegistry.removeSilent(_oracle(index)) {
            if (!silent) wrong = "an oracle was removed that may still answer";
            _dropOracleKey(index);
            ++done["removeSilent"];
        } catch {
            if (silent) wrong = "a silent oracle stayed";
        }
    }

    // ---------------------------------------------------------------- what the invariants read

    function allDeeds() external view returns (DeedId[] memory) {
        return deeds;
    }

    function allEpochs() external view returns (uint64[] memory) {
        return epochs;
    }

    function allDisproved() external view returns (uint64[] memory) {
        return disproved;
    }

    function allOracles() external view returns (address[] memory list) {
        list = new address[](oracleKeys.length);
        for (uint256 i = 0; i < list.length; ++i) list[i] = _oracle(i);
    }

    /// @notice What `rootOf` has to say, by what was done and what time it is.
    function expectedRoot(uint64 epoch) external view returns (bytes32) {
        return _isPendingNow() && epoch == _pending.epoch ? bytes32(0) : rootAt[epoch];
    }

    /// @notice What `pending` has to say.
    function expectedPending() external view returns (uint64 epoch, bytes32 root) {
        if (_isPendingNow()) return (_pending.epoch, _pending.tree[0]);
    }

    // ---------------------------------------------------------------- helpers

    function _settle() internal {
        if (_pending.tree.length == 0 || _isPendingNow()) return;
        _active = _pending;
        delete _pending;
    }

    /// @dev By the handler's own clock: the ledger is not asked.
    function _isPendingNow() private view returns (bool) {
        return _pending.tree.length != 0 && _now() < _activeFrom;
    }

    function _proposeLeaves(
        uint64 epoch,
        DeedId[] memory leaves,
        uint256[] memory values
    ) private returns (bytes32[] memory tree) {
        tree = _treeOver(leaves, values);
        _propose(epoch, tree[0]);
        _activeFrom = _now() + ACTIVATION;
    }

    function _keepPending(uint64 epoch, bool corrupt, uint256[] memory values, bytes32[] memory tree) private {
        _pending.epoch = epoch;
        _pending.corrupt = corrupt;
        _pending.values = values;
        _pending.tree = tree;
        uint256 quorum = oracleRegistry.quorum();
        for (uint256 i = 0; i < quorum; ++i) _pending.signers.push(_oracle(i));
        epochs.push(epoch);
        rootAt[epoch] = tree[0];
    }

    function _takeBack() private {
        if (!_isPendingNow()) wrong = "an active root was disproved";
        for (uint256 i = oracleKeys.length; i > 0; --i) {
            if (_signed(_oracle(i - 1))) _dropOracleKey(i - 1);
        }
        delete rootAt[_pending.epoch];
        epochs.pop();
        disproved.push(_pending.epoch);
        _lastDisproved = _pending;
        delete _pending;
    }

    function _signed(address oracle) private view returns (bool) {
        for (uint256 i = 0; i < _pending.signers.length; ++i) if (_pending.signers[i] == oracle) return true;
        return false;
    }

    function _pairOf(uint256 which) private view returns (Pair memory pair) {
        pair.kind = LeafKind.Availability;
        pair.id = DeedId.unwrap(deeds[which]);
        (pair.later, pair.proofAfter) = (_pending.values[which], MerkleTree.proof(_pending.tree, which));
        if (which >= _active.values.length) return pair;
        (pair.before, pair.proofBefore) = (_active.values[which], MerkleTree.proof(_active.tree, which));
    }

    /// @dev What an honest oracle adds to the active root: never more than the chain allows the deed, and never less than was.
    function _credited(uint256 which, uint256 bound, uint256 credit) private view returns (uint256) {
        uint256 before = which < _active.values.length ? _active.values[which] : 0;
        if (before >= bound) return before;
        return before + credit > bound ? bound : before + credit;
    }

    function _lie(uint256 chance, uint256 bound) private pure returns (uint256) {
        if (chance % 5 == 0) return chance;
        return (chance >> 8) % (2 * bound + 2);
    }
}
