// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {LeafKind} from "../../contracts/types/Leaf.sol";
import {DeedId, DeedKind} from "../../contracts/types/DeedId.sol";
import {ThiefHandler} from "./ThiefHandler.sol";

/// @title Reckoning
/// @notice Nobody's action blocks another's claim, settlement or refund: what every run ends with. What happens here is undone.
abstract contract Reckoning is ThiefHandler {
    /// @notice After the worst that guardian, governance and market can do, everybody still gets what is theirs, by any active root.
    function everybodyGetsTheirDue() external {
        _settle();
        _doTheWorst();
        for (uint256 i = 0; i < sheets[active].values.length; ++i) {
            if (lastHonest != active && lastHonest != 0) _claimOf(lastHonest, i);
            _claim(active, i);
            if (subjects[i].kind == LeafKind.Service) _settleOne(i);
        }
        for (uint256 jobId = 1; jobId <= escrow.jobCount(); ++jobId) _refund(jobId);
        for (uint256 i = 3; i < deeds.length; ++i) _payHeld(uint16(deeds[i].tokenId()));
        _everybodyCanLeave();
        vm.assertEq(wrong, "", "after the worst");
    }

    /// @notice Every job ends with a proof and nobody's help, and nothing stays behind. Oracles are there: governance found some.
    function everyJobEnds() external {
        _settle();
        if (_isPaused(address(ledger))) _govern(address(ledger), abi.encodeCall(ledger.unpause, ()));
        restaff();
        for (uint256 jobId = 1; jobId <= escrow.jobCount(); ++jobId) _endWithTime(jobId);
        _commitTheLast();
        for (uint256 jobId = 1; jobId <= escrow.jobCount(); ++jobId) {
            _settleMany(jobId);
            _refund(jobId);
            vm.assertEq(escrow.jobOf(jobId).balance, 0, "27: nothing stays in a job");
            vm.assertEq(escrow.nodesOf(jobId).length, 0, "27: nobody stays in a job");
        }
        uint256 held = 0;
        for (uint256 i = 3; i < deeds.length; ++i) held += escrow.heldOf(uint16(deeds[i].tokenId()));
        vm.assertEq(r1.balanceOf(address(escrow)), held + gifts, "27: what is left is held or was given");
        vm.assertEq(wrong, "", "at the end of all jobs");
    }

    // ---------------------------------------------------------------- inside

    /// @dev All pauses, a broken feed, and for every contract an authority that answers nobody.
    function _doTheWorst() private {
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(guardian);
            (bool ok, ) = _pausable(i).call(abi.encodeCall(sale.pause, ()));
            vm.assertTrue(ok || _isPaused(_pausable(i)), "24: the guardian can pause");
        }
        feed.updateAnswer(0);
        address broken = actors[ACTORS - 1];
        for (uint256 i = 0; i < doors.length; ++i) {
            bytes memory call = abi.encodeCall(manager.updateAuthority, (doors[i].target, broken));
            bytes32 id = manager.hashOperation(governor, address(manager), call);
            if (manager.getSchedule(id) == 0) _schedule(address(manager), call);
        }
        vm.warp(_now() + GOVERNANCE_DELAY);
        for (uint256 i = 0; i < doors.length; ++i) {
            bytes memory call = abi.encodeCall(manager.updateAuthority, (doors[i].target, broken));
            bytes32 id = manager.hashOperation(governor, address(manager), call);
            if (manager.getSchedule(id) != 0) _execute(address(manager), call);
        }
    }

    function _claimOf(uint256 sheet, uint256 which) private {
        if (which < sheets[sheet].values.length) _claim(sheet, which);
    }

    /// @dev Deeds leave their nodes and are sold, R1 is moved and burned, also now.
    function _everybodyCanLeave() private {
        for (uint256 i = 0; i < deeds.length; ++i) {
            DeedId deed = deeds[i];
            address owner = expectedOwner[deed];
            if (nodes.nodeOf(deed) != address(0)) {
                vm.prank(owner);
                nodes.dissociate(deed);
            }
            address to = actors[i % ACTORS];
            if (deed.kind() != DeedKind.Node || !_inGoodStanding(deed) || !operators.isApproved(to)) continue;
            _must(_transfer(deed, to, false), "a deed could not be sold");
        }
        for (uint256 i = 0; i < holders.length; ++i) {
            uint256 balance = r1.balanceOf(holders[i]);
            vm.prank(holders[i]);
            r1.transfer(payee, balance / 2);
            vm.prank(holders[i]);
            r1.burn(balance / 4);
        }
    }

    /// @dev A job that never began is closed by its owner; for one that did, its last epoch passes.
    function _endWithTime(uint256 jobId) private {
        IJobEscrow.Job memory job = escrow.jobOf(jobId);
        if (job.start == 0) {
            if (job.epochs != 0) _close(jobId);
            return;
        }
        uint256 end = ledger.epochEnd(uint64(job.start) + job.epochs);
        if (_now() < end) vm.warp(end);
    }

    /// @dev Honest oracles commit what was served, to the end of every job.
    function _commitTheLast() private {
        _waitForActivation();
        _settle();
        (uint256[] memory keys, uint256 count) = _signers(captured);
        vm.assertTrue(count >= oracleRegistry.quorum(), "27: governance finds oracles");
        (, uint64 latest, ) = ledger.latest();
        if (ledger.currentEpoch() <= latest) vm.warp(ledger.epochEnd(latest));
        vm.assertTrue(_commitBy(keys, 7, false), "27: they commit");
        _waitForActivation();
        _settle();
    }
}
