// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {LeafKind} from "../../contracts/types/Leaf.sol";
import {TreasuryPool} from "../../contracts/treasury/TreasuryPool.sol";
import {Reckoning} from "./Reckoning.sol";

/// @title Invariants
/// @notice The invariants of test/invariant/README.md, by their numbers.
contract Invariants is Reckoning {
    /// @notice All that hold always. Internal functions, because the runner would draw the same sequences again for each.
    function check() external view {
        invariant_12_NothingWentWrong();
        invariant_1_MintedIsBalancesAndBurned();
        invariant_2to4_ClaimsStayWithinCurveAllocationAndBound();
        invariant_6_PaymentsAndDeedsAddUp();
        invariant_7_NodesAndDeedsAreOneToOne();
        invariant_8_NoTwoOraclesShareAnOwner();
        invariant_9_ActiveRootsNeverChange();
        invariant_10_EveryDeedBelongsToWhoItWasGivenTo();
        invariant_13_OnlyTheLastRootIsPending();
        invariant_15_TheSetIsWhoCameAndDidNotLeave();
        invariant_16_TheEscrowHoldsWhatCameInLessWhatWentOut();
        for (uint256 jobId = 1; jobId <= escrow.jobCount(); ++jobId) {
            invariant_17_NoJobSpendsMoreThanItsDeposit(jobId);
            invariant_18_RefundsLeaveWhatCanBeEarned(jobId);
            invariant_19_PlacesAreDistinctAndPaidFor(jobId);
        }
        invariant_20_PoolsKeepToTheirMilestones();
        invariant_22_RolesChangeByGovernanceAlone();
    }

    /// @notice What holds while at most f oracles are corrupt.
    function checkHonesty() external view {
        invariant_30_ClaimsAreOfWhatWasEarned();
        for (uint256 jobId = 1; jobId <= escrow.jobCount(); ++jobId) invariant_31_JobsPayForWhatWasServed(jobId);
    }

    // ---------------------------------------------------------------- tokens and curves

    function invariant_1_MintedIsBalancesAndBurned() internal view {
        vm.assertLe(r1.totalMinted(), 161_803_398 ether, "1: cap");
        vm.assertEq(r1.totalMinted(), mintedByClaims, "1: claims alone mint, and it never falls");
        vm.assertEq(r1.totalBurned(), burnedBySale + burnedByHolders + burned[0], "1: burned");
        uint256 sum = 0;
        for (uint256 i = 0; i < holders.length; ++i) sum += r1.balanceOf(holders[i]);
        vm.assertEq(r1.totalMinted(), sum + r1.totalBurned(), "1, 11: minted = balances + burned");
        vm.assertEq(r1.totalSupply(), sum, "11: every wei is with somebody");
    }

    function invariant_2to4_ClaimsStayWithinCurveAllocationAndBound() internal view {
        (, uint64 latest, ) = ledger.latest();
        uint256 sum = 0;
        for (uint256 i = 0; i < deeds.length; ++i) {
            (IDeed collection, uint256 id) = (_collection(deeds[i]), deeds[i].tokenId());
            uint256 claimed = collection.recordOf(id).claimed;
            uint256 minted = collection.mintedAt(id, claimed);
            vm.assertLe(minted, collection.allocationOf(id), "2: within the allocation");
            vm.assertLe(claimed, _boundOf(deeds[i], latest), "4: within the bound");
            vm.assertEq(collection.boundOf(id, latest), _boundOf(deeds[i], latest), "4: which is the rule's");
            sum += minted;
        }
        vm.assertEq(sum, r1.totalMinted(), "3: minted is the curve of what was claimed");
    }

    function invariant_6_PaymentsAndDeedsAddUp() internal view {
        vm.assertEq(paidToPools + burnedBySale, paid, "6: parts of the payments");
        uint256 held = 0;
        for (uint256 i = 0; i < actors.length; ++i) held += nodeDeed.balanceOf(actors[i]);
        vm.assertEq(held, nodeDeed.totalSupply(), "6: every deed has an owner");
        vm.assertEq(held + 3, deeds.length, "6: and is known");
    }

    // ---------------------------------------------------------------- deeds, nodes

    function invariant_7_NodesAndDeedsAreOneToOne() internal view {
        for (uint256 i = 0; i < deeds.length; ++i) {
            address node = nodes.nodeOf(deeds[i]);
            if (node == address(0)) continue;
            vm.assertEq(DeedId.unwrap(nodes.deedOf(node)), DeedId.unwrap(deeds[i]), "7: the node has the deed");
        }
        for (uint256 i = 0; i < NODES; ++i) {
            address node = vm.addr(nodeKeys[i]);
            DeedId deed = nodes.deedOf(node);
            if (!deed.isNone()) vm.assertEq(nodes.nodeOf(deed), node, "7: the deed has the node");
        }
    }

    function invariant_10_EveryDeedBelongsToWhoItWasGivenTo() internal view {
        for (uint256 i = 0; i < deeds.length; ++i) {
            address owner = _collection(deeds[i]).ownerOf(deeds[i].tokenId());
            vm.assertEq(owner, expectedOwner[deeds[i]], "10: owner");
        }
    }

    // ---------------------------------------------------------------- oracles, roots

    function invariant_8_NoTwoOraclesShareAnOwner() internal view {
        address[] memory set = oracleRegistry.oracles();
        for (uint256 i = 0; i < set.length; ++i) {
            for (uint256 k = 0; k < i; ++k) {
                vm.assertTrue(set[k] < set[i], "8: ascending");
                vm.assertTrue(oracleRegistry.ownerOf(set[k]) != oracleRegistry.ownerOf(set[i]), "8: owners differ");
            }
        }
    }

    function invariant_15_TheSetIsWhoCameAndDidNotLeave() internal view {
        address[] memory set = oracleRegistry.oracles();
        vm.assertEq(set.length, oracleKeys.length, "15: as many as came and did not leave");
        for (uint256 i = 0; i < set.length; ++i) {
            vm.assertEq(set[i], _oracle(i), "15: who came and did not leave");
            vm.assertTrue(oracleRegistry.isOracle(set[i]), "15: a member");
        }
    }

    function invariant_9_ActiveRootsNeverChange() internal view {
        for (uint256 i = 0; i < epochs.length; ++i) {
            vm.assertEq(ledger.rootOf(epochs[i]), _expectedRoot(epochs[i]), "9: roots never change");
            if (i > 0) vm.assertGt(epochs[i], epochs[i - 1], "9: epochs only go up");
        }
        (, uint64 latest, bytes32 root) = ledger.latest();
        vm.assertEq(latest, epochs[epochs.length - 1], "9: the last that was not disproved");
        vm.assertEq(root, rootAt[latest], "9: and its root");
        for (uint256 i = 0; i < disproved.length; ++i) {
            vm.assertEq(ledger.rootOf(disproved[i]), _expectedRoot(disproved[i]), "14: gone, or committed again");
        }
    }

    function invariant_13_OnlyTheLastRootIsPending() internal view {
        (uint64 epoch, bytes32 root, uint256 from) = ledger.pending();
        bool isPending = _isPendingNow();
        vm.assertEq(epoch, isPending ? sheets[pending].epoch : 0, "13: the last epoch alone is pending");
        vm.assertEq(root, isPending ? sheets[pending].tree[0] : bytes32(0), "13: with its root");
        vm.assertEq(from, isPending ? activeFrom : 0, "13: until its time");
    }

    function invariant_12_NothingWentWrong() internal view {
        vm.assertEq(wrong, "", "as the handlers saw it");
    }

    // ---------------------------------------------------------------- jobs

    function invariant_16_TheEscrowHoldsWhatCameInLessWhatWentOut() internal view {
        uint256 held = 0;
        for (uint256 i = 3; i < deeds.length; ++i) held += escrow.heldOf(uint16(deeds[i].tokenId()));
        uint256 sum = held;
        for (uint256 jobId = 1; jobId <= escrow.jobCount(); ++jobId) sum += escrow.jobOf(jobId).balance;
        uint256 tokens = r1.balanceOf(address(escrow)) - gifts;
        vm.assertEq(tokens, sum, "16: tokens are balances and held pay");
        uint256 out = settledOut[0] - held + burned[0] + refunded[0];
        vm.assertEq(tokens, deposited[0] - out, "16: deposits - paid - burned - refunded");
    }

    function invariant_17_NoJobSpendsMoreThanItsDeposit(uint256 jobId) internal view {
        uint256 out = settledOut[jobId] + burned[jobId] + refunded[jobId];
        vm.assertLe(out, deposited[jobId], "17: out of its own deposit");
        vm.assertEq(escrow.jobOf(jobId).balance, deposited[jobId] - out, "17: and to the wei");
    }

    function invariant_18_RefundsLeaveWhatCanBeEarned(uint256 jobId) internal view {
        uint256 balance = escrow.jobOf(jobId).balance;
        vm.assertEq(escrow.refundable(jobId) + _owed(jobId), balance, "18: what may be earned stays");
    }

    function invariant_19_PlacesAreDistinctAndPaidFor(uint256 jobId) internal view {
        uint16[] memory ids = escrow.nodesOf(jobId);
        vm.assertLe(ids.length, escrow.jobOf(jobId).nodes, "19: places");
        for (uint256 i = 0; i < ids.length; ++i) {
            vm.assertTrue(ids[i] != 0, "19: a deed");
            for (uint256 k = 0; k < i; ++k) vm.assertTrue(ids[i] != ids[k], "19: once");
        }
    }

    // ---------------------------------------------------------------- powers

    function invariant_20_PoolsKeepToTheirMilestones() internal view {
        for (uint256 i = 0; i < 6; ++i) {
            TreasuryPool pool = i == 5 ? milestonePool : pools[i];
            vm.assertEq(pool.released(), releasedFrom[address(pool)], "20: released");
            uint256 received = r1.balanceOf(address(pool)) + releasedFrom[address(pool)];
            uint256 share = i < 5 || milestonesReached == 2 ? 10_000 : milestonesReached * 3_000;
            vm.assertLe(pool.released(), (received * share) / 10_000, "20: within the milestones");
            if (_now() < pool.UNLOCK_TIME()) vm.assertEq(pool.released(), 0, "20: locked");
        }
    }

    function invariant_22_RolesChangeByGovernanceAlone() internal view {
        address[6] memory accounts = [governor, guardian, compliance, treasurer, deputy, thief];
        for (uint64 role = 0; role <= TREASURER; ++role) {
            for (uint256 i = 0; i < accounts.length; ++i) {
                (bool member, uint32 delay) = manager.hasRole(role, accounts[i]);
                vm.assertEq(member, isMember[role][accounts[i]], "22: members");
                vm.assertEq(delay, member && role == 0 ? GOVERNANCE_DELAY : 0, "22: delays");
            }
            (bool deployer, ) = manager.hasRole(role, address(this));
            vm.assertFalse(deployer, "22: the deployer has nothing");
            vm.assertEq(manager.getRoleAdmin(role), 0, "22: governance gives roles");
        }
        for (uint256 i = 0; i < doors.length; ++i) {
            address target = doors[i].target;
            vm.assertEq(manager.getTargetFunctionRole(target, doors[i].selector), doors[i].role, "22: doors");
            vm.assertFalse(manager.isTargetClosed(target), "22: open");
            vm.assertEq(IAccessManaged(target).authority(), address(manager), "22: one authority");
        }
    }

    // ---------------------------------------------------------------- while at most f oracles are corrupt

    function invariant_30_ClaimsAreOfWhatWasEarned() internal view {
        uint256[] storage earned = sheets[active].values;
        for (uint256 i = 0; i < earned.length; ++i) {
            if (subjects[i].kind != LeafKind.Availability) continue;
            DeedId deed = subjects[i].deed;
            uint256 claimed = _collection(deed).recordOf(deed.tokenId()).claimed;
            vm.assertLe(claimed, earned[i], "30: claimed is earned");
        }
    }

    function invariant_31_JobsPayForWhatWasServed(uint256 jobId) internal view {
        uint256[] storage leaves = leavesOfJob[jobId];
        uint256[] storage earned = sheets[active].values;
        uint256 served = 0;
        for (uint256 i = 0; i < leaves.length && leaves[i] < earned.length; ++i) served += earned[leaves[i]];
        uint256 most = (escrow.jobOf(jobId).rate * served) / FULL;
        vm.assertLe(settledOut[jobId] + burned[jobId], most, "31: paid is served");
    }

    function _expectedRoot(uint64 epoch) private view returns (bytes32) {
        return _isPendingNow() && epoch == sheets[pending].epoch ? bytes32(0) : rootAt[epoch];
    }
}
