// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {LeafKind} from "../../contracts/types/Leaf.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";
import {OperatorHandler} from "./OperatorHandler.sol";

/// @title JobHandler
/// @notice Everybody who touches a job: developers who change their minds, their delegates, a quorum that assigns, strangers who
/// settle and refund.
abstract contract JobHandler is OperatorHandler {
    /// @dev What one settlement has to do, by the rules of docs/protocol.md.
    struct Expected {
        bool isDue;
        uint256 paid;
        uint256 burned;
    }

    /// @dev What went through the escrow, by job; job 0 is all of it.
    mapping(uint256 jobId => uint256) public deposited;
    mapping(uint256 jobId => uint256) public settledOut;
    mapping(uint256 jobId => uint256) public burned;
    mapping(uint256 jobId => uint256) public refunded;
    /// @dev R1 that somebody sent to the escrow, and nobody gets back.
    uint256 public gifts;

    // ---------------------------------------------------------------- actions: developers

    function create(uint256 who, uint256 places, uint256 length) public acts {
        address owner = developers[who % 2];
        uint8 count = uint8(_between(places, 1, 4));
        uint16 term = uint16(_between(length, TERM, 70));
        _refreshFeed();
        uint256 deposit = catalog.rateOf(LOW1, 0) * count * term;
        if (subjects.length == MOST_SUBJECTS || _openJobs() == MOST_OPEN_JOBS) return;
        if (!_endowFromTreasury(owner, deposit)) return;
        IJobEscrow.JobRequest memory request = _request(count, term);
        bool can = !_isPaused(address(escrow));
        _approveEscrow(owner, deposit);
        vm.prank(owner);
        try escrow.create(request) returns (uint256 jobId) {
            _must(can, "a job was made in a pause");
            _note(deposited, jobId, deposit);
            ++done["create"];
        } catch {
            _must(!can, "a job was refused");
        }
    }

    /// @notice By the owner, or by a delegate who pays himself.
    function extend(uint256 job, uint256 more, uint256 who) external acts {
        uint256 jobId = _any(job);
        IJobEscrow.Job memory state = escrow.jobOf(jobId);
        uint16 term = uint16(_between(more, 1, 30));
        uint256 cost = state.rate * state.nodes * term;
        address caller = _ownerOrDelegate(state.owner, 1, who);
        if (!_endowFromTreasury(caller, cost)) return;
        _approveEscrow(caller, cost);
        vm.prank(caller);
        try escrow.extend(jobId, term) {
            _must(_isOpen(state), "a job that is over was extended");
            _note(deposited, jobId, cost);
            ++done["extend"];
        } catch {
            _must(!_isOpen(state), "a job could not be extended");
        }
    }

    function scaleUp(uint256 job, uint256 more) external acts {
        uint256 jobId = _any(job);
        IJobEscrow.Job memory state = escrow.jobOf(jobId);
        uint8 count = uint8(_between(more, 1, 3));
        uint256 cost = state.rate * count * _left(state);
        if (!_endowFromTreasury(state.owner, cost)) return;
        _approveEscrow(state.owner, cost);
        vm.prank(state.owner);
        try escrow.scaleUp(jobId, count) {
            _note(deposited, jobId, cost);
            ++done["scaleUp"];
        } catch {
            _must(_left(state) == 0 || state.nodes + count > 64, "a job could not be scaled up");
        }
    }

    function scaleDown(uint256 job, uint256 fewer, uint256 leaving) external acts {
        uint256 jobId = _any(job);
        IJobEscrow.Job memory state = escrow.jobOf(jobId);
        uint256 given = _between(fewer, 1, 3);
        uint256 free = state.nodes - state.active;
        uint256 count =
            leaving % 4 == 0
                ? leaving % 3
                : given > free
                    ? given - free
                    : 0;
        uint16[] memory ids = _prefix(escrow.nodesOf(jobId), count);
        vm.prank(state.owner);
        try escrow.scaleDown(jobId, uint8(given), ids) {
            ++done["scaleDown"];
        } catch {}
    }

    function close(uint256 job) external acts {
        // Not too often, for there is more to do with jobs.
        if (job % 4 == 0) _close(_any(job));
    }

    function changeSpec(uint256 job, bytes32 specHash) external acts {
        uint256 jobId = _any(job);
        IJobEscrow.Job memory state = escrow.jobOf(jobId);
        vm.prank(state.owner);
        try escrow.changeSpec(jobId, specHash) {
            _must(escrow.jobOf(jobId).specHash == specHash, "another specification");
            ++done["changeSpec"];
        } catch {
            _must(!_isOpen(state) || specHash == 0, "a specification was refused");
        }
    }

    // ---------------------------------------------------------------- actions: oracles

    /// @notice A quorum puts a deed into a job, and perhaps takes another out.
    function assign(uint256 job, uint64 joining, uint256 leaving) public settled acts {
        uint256 jobId = _any(job);
        if (subjects.length == MOST_SUBJECTS) return;
        uint16 id = _candidate(jobId, joining);
        uint16[] memory present = escrow.nodesOf(jobId);
        uint16[] memory out =
            leaving % 3 == 0 && present.length != 0 ? _ids(present[leaving % present.length]) : _noIds();
        if (out.length != 0 && out[0] == id) return;
        bool can = _canJoin(jobId, id) && (out.length != 0 || present.length < escrow.jobOf(jobId).nodes);
        (uint256[] memory keys, uint256 count) = _signers(captured);
        if (count < oracleRegistry.quorum()) return;
        IJobEscrow.Assignment memory assignment = _assignment(jobId, out, _ids(id));
        try escrow.assign(assignment, _quorumOf(keys, escrow.digestOf(assignment))) {
            _must(can, "an assignment against the rules");
            _keepService(jobId, id);
            ++done[out.length == 0 ? "assign" : "replace"];
        } catch {
            _must(!can, "an assignment was refused");
        }
    }

    // ---------------------------------------------------------------- actions: anybody

    /// @notice Settles one assignment with the active root.
    function settle(uint256 which) external settled acts {
        uint256 size = sheets[active].values.length;
        for (uint256 i = 0; i < size; ++i) {
            uint256 at = ((which % size) + i) % size;
            if (subjects[at].kind != LeafKind.Service) continue;
            if (which % 4 == 0 || _settlementDue(at).isDue) return _settleOne(at);
        }
    }

    /// @notice Settles all assignments of a job with one proof.
    function settleMany(uint256 job) external settled acts {
        _settleMany(_any(job));
    }

    function refund(uint256 job) external acts {
        _refund(_any(job));
    }

    function payHeld(uint256 which) external acts {
        uint16 id = uint16(_nodeDeed(which).tokenId());
        for (uint256 i = 0; i < deeds.length && escrow.heldOf(id) == 0; ++i) {
            id = uint16(_nodeDeed((which % deeds.length) + i).tokenId());
        }
        _payHeld(id);
    }

    function give(uint256 actor, uint256 amount) external acts {
        address giver = _actor(actor);
        amount = _between(amount, 0, r1.balanceOf(giver) / 4);
        _agrees(giver);
        vm.prank(giver);
        r1.transfer(address(escrow), amount);
        gifts += amount;
        if (amount != 0) ++done["give"];
    }

    // ---------------------------------------------------------------- inside: each part of a job's life, held to its rule

    function _close(uint256 jobId) internal {
        IJobEscrow.Job memory state = escrow.jobOf(jobId);
        uint256 before = r1.balanceOf(state.owner);
        _agrees(address(escrow));
        vm.prank(state.owner);
        try escrow.close(jobId) {
            uint256 amount = r1.balanceOf(state.owner) - before;
            if (state.start == 0) _must(amount == state.balance, "a job that never began is refunded whole");
            _note(refunded, jobId, amount);
            ++done["close"];
        } catch {
            _must(!_isOpen(state), "a job could not be closed");
        }
    }

    function _settleOne(uint256 which) internal {
        (uint256 value, bytes32[] memory proof) = _proven(active, which);
        uint256 jobId = subjects[which].jobId;
        DeedId deed = subjects[which].deed;
        uint16 id = uint16(deed.tokenId());
        Expected memory expected = _settlementDue(which);
        uint256 before = _received(deed);
        uint256 heldBefore = escrow.heldOf(id);
        uint256 burnedBefore = r1.totalBurned();
        _agrees(address(escrow));
        try escrow.settle(jobId, id, sheets[active].epoch, value, proof) returns (uint256 out) {
            _must(expected.isDue && out == expected.paid, "a settlement pays what was served");
            _must(_received(deed) - before == out, "to the payee of the owner, or held");
            uint256 held = escrow.heldOf(id) - heldBefore;
            _must(held == (_inGoodStanding(deed) ? 0 : out), "a ban, and nothing else, holds pay");
            uint256 gone = r1.totalBurned() - burnedBefore;
            _must(gone == expected.burned, "and the rest is burned");
            _note(settledOut, jobId, out);
            _note(burned, jobId, gone);
            ++done["settle"];
        } catch {
            _must(!expected.isDue, "a settlement was refused");
            ++done["settle refused"];
        }
    }

    /// @dev Never fails: who is not due is skipped.
    function _settleMany(uint256 jobId) internal {
        uint256[] memory leaves = _leavesOf(jobId);
        if (leaves.length == 0) return;
        uint16[] memory ids = new uint16[](leaves.length);
        uint256[] memory sums = new uint256[](leaves.length);
        Expected memory sum;
        for (uint256 i = 0; i < leaves.length; ++i) {
            Expected memory one = _settlementDue(leaves[i]);
            sum.paid += one.paid;
            sum.burned += one.burned;
            (ids[i], sums[i]) = (uint16(subjects[leaves[i]].deed.tokenId()), sheets[active].values[leaves[i]]);
        }
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(sheets[active].tree, leaves);
        _agrees(address(escrow));
        uint256 burnedBefore = r1.totalBurned();
        uint256 out = escrow.settleMany(jobId, sheets[active].epoch, ids, sums, proof, flags);
        _must(out == sum.paid, "a batch settles what single ones would");
        uint256 gone = r1.totalBurned() - burnedBefore;
        _must(gone == sum.burned, "and burns the same");
        _note(settledOut, jobId, out);
        _note(burned, jobId, gone);
        if (out != 0) ++done["settleMany"];
    }

    /// @dev Never fails, whatever the owner is.
    function _refund(uint256 jobId) internal {
        address owner = escrow.jobOf(jobId).owner;
        uint256 expected = escrow.jobOf(jobId).balance - _owed(jobId);
        uint256 before = r1.balanceOf(owner);
        _agrees(address(escrow));
        uint256 amount = escrow.refund(jobId);
        _must(amount == expected, "a refund is what nobody can earn");
        _must(r1.balanceOf(owner) - before == amount, "to the owner");
        _note(refunded, jobId, amount);
        if (amount != 0) ++done["refund"];
    }

    function _payHeld(uint16 id) internal {
        uint256 held = escrow.heldOf(id);
        bool can = held != 0 && _inGoodStanding(_nd(id));
        address to = _payeeOf(expectedOwner[_nd(id)]);
        uint256 before = r1.balanceOf(to);
        _agrees(address(escrow));
        try escrow.payHeld(id) returns (uint256 amount) {
            _must(can && amount == held && r1.balanceOf(to) - before == held, "held pay goes to the payee");
            ++done["payHeld"];
        } catch {
            _must(!can, "held pay was refused");
        }
    }

    function _noteRefund(uint256 jobId, uint256 amount) internal override {
        _note(refunded, jobId, amount);
    }

    function _note(mapping(uint256 jobId => uint256) storage sums, uint256 jobId, uint256 amount) internal {
        sums[jobId] += amount;
        sums[0] += amount;
    }

    // ---------------------------------------------------------------- inside: the rules again

    /// @dev What settling a leaf of the active sheet pays now.
    function _settlementDue(uint256 which) internal view returns (Expected memory expected) {
        uint256 jobId = subjects[which].jobId;
        IJobEscrow.Service memory service = escrow.serviceOf(jobId, uint16(subjects[which].deed.tokenId()));
        uint256 end = uint256(sheets[active].epoch) + 1;
        if (end < service.to && !(service.isActive && end >= service.from + TERM)) return expected;
        if (service.from == service.to) return expected;
        if (end > service.to) end = service.to;
        uint256 most = FULL * (end - service.from);
        uint256 value = sheets[active].values[which];
        uint256 served = value > service.settled ? value - service.settled : 0;
        if (served > most) served = most;
        uint256 gross = (escrow.jobOf(jobId).rate * served) / FULL;
        uint256 penalty = 100 * served >= 98 * most ? 0 : (gross + 9) / 10;
        expected.isDue = true;
        expected.paid = ((gross - penalty) * 85) / 100;
        expected.burned = gross - penalty - expected.paid;
    }

    /// @dev Unsettled epochs of deeds, and epochs to come of free places, at the job's rate.
    function _owed(uint256 jobId) internal view returns (uint256) {
        IJobEscrow.Job memory state = escrow.jobOf(jobId);
        uint256 open = uint256(state.nodes - state.active) * (state.start == 0 ? state.epochs : _left(state));
        uint256[] storage leaves = leavesOfJob[jobId];
        for (uint256 i = 0; i < leaves.length; ++i) {
            uint16 id = uint16(subjects[leaves[i]].deed.tokenId());
            IJobEscrow.Service memory service = escrow.serviceOf(jobId, id);
            open += service.to - service.from;
        }
        return state.rate * open;
    }

    /// @dev Whole epochs of a job that are still to come.
    function _left(IJobEscrow.Job memory state) internal view returns (uint256) {
        if (state.start == 0) return state.epochs;
        uint256 end = uint256(state.start) + state.epochs;
        uint256 next = uint256(ledger.currentEpoch()) + 1;
        return end > next ? end - next : 0;
    }

    function _isOpen(IJobEscrow.Job memory state) internal view returns (bool) {
        if (state.epochs == 0) return false;
        return state.start == 0 || uint256(ledger.currentEpoch()) + 1 <= uint256(state.start) + state.epochs;
    }

    /// @dev Three times in four a deed that may serve the job, if there is one.
    function _candidate(uint256 jobId, uint256 seed) private view returns (uint16 id) {
        for (uint256 i = 0; i < deeds.length; ++i) {
            id = uint16(_nodeDeed((seed % deeds.length) + i).tokenId());
            if (seed % 4 == 0 || _canJoin(jobId, id)) return id;
        }
    }

    function _canJoin(uint256 jobId, uint16 id) private view returns (bool) {
        IJobEscrow.Service memory service = escrow.serviceOf(jobId, id);
        bool isFree = !service.isActive && service.from == service.to;
        DeedId deed = _nd(id);
        bool serves =
            nodes.nodeOf(deed) != address(0) && _inGoodStanding(deed) && operators.isApproved(expectedOwner[deed]);
        return isFree && serves && _left(escrow.jobOf(jobId)) != 0;
    }

    /// @dev Where pay for the deed is, or will be: with the payee, or held.
    function _received(DeedId deed) private view returns (uint256) {
        return r1.balanceOf(_payeeOf(expectedOwner[deed])) + escrow.heldOf(uint16(deed.tokenId()));
    }

    /// @dev Service leaves of a job in the active sheet, ascending.
    function _leavesOf(uint256 jobId) private view returns (uint256[] memory leaves) {
        uint256[] storage all = leavesOfJob[jobId];
        uint256 count = 0;
        while (count < all.length && all[count] < sheets[active].values.length) ++count;
        leaves = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = all[i];
    }

    /// @dev The owner, or one time in three somebody who was offered and took that right.
    function _ownerOrDelegate(address owner, uint8 right, uint256 who) private returns (address caller) {
        if (who % 3 != 0) return owner;
        caller = actors[who % EXTERNALLY_OWNED];
        vm.prank(owner);
        escrow.offerDelegation(caller, right);
        vm.prank(caller);
        escrow.acceptDelegation(owner, right);
        ++done["delegate"];
    }

    function _approveEscrow(address owner, uint256 amount) private {
        _agrees(owner);
        vm.prank(owner);
        r1.approve(address(escrow), amount);
    }

    function _openJobs() private view returns (uint256 count) {
        for (uint256 i = escrow.jobCount(); i > 0; --i) if (_isOpen(escrow.jobOf(i))) ++count;
    }

    /// @dev One of the last jobs.
    function _any(uint256 job) internal view returns (uint256) {
        uint256 count = escrow.jobCount();
        return _between(job, count > MOST_OPEN_JOBS ? count - MOST_OPEN_JOBS : 1, count);
    }

    function _prefix(uint16[] memory ids, uint256 count) private pure returns (uint16[] memory some) {
        some = new uint16[](count < ids.length ? count : ids.length);
        for (uint256 i = 0; i < some.length; ++i) some[i] = ids[i];
    }
}
