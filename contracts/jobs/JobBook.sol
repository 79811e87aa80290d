// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IEpochLedger} from "../interfaces/IEpochLedger.sol";
import {IJobEscrow} from "../interfaces/IJobEscrow.sol";
import {IR1} from "../interfaces/IR1.sol";
import {EpochClock} from "../libraries/EpochClock.sol";
import {Seat, SeatLib} from "../types/Seat.sol";
import {JobDelegation} from "./JobDelegation.sol";

/// @title JobBook
/// @notice The jobs of the escrow, their funds, and what of them is still owed.
/// @dev Epochs of a job are counted from its start. Its taken places lie in a list without holes, and what all its assignments
/// can still earn follows from four numbers (`_required`): no list is walked for it.
abstract contract JobBook is EpochClock, JobDelegation {
    using SafeERC20 for IR1;

    struct Terms {
        address owner;
        uint16 class;
        uint16 gpu;
        uint8 nodes;
        uint16 epochs;
        uint32 start;
    }

    /// @dev `fromSum`: Σ of `from` over the taken places. `departedDue`: epochs for which deeds that left are to be settled.
    struct Account {
        uint80 rate;
        uint88 balance;
        uint8 active;
        uint16 sequence;
        uint24 fromSum;
        uint24 departedDue;
    }

    /// @dev A deed that left: the epochs it is to be settled for, and the bytes that are settled.
    struct Departed {
        uint16 from;
        uint16 to;
        uint32 settled;
    }

    struct StoredJob {
        Terms terms;
        bytes32 specHash;
        Account account;
        mapping(uint256 index => uint256) seats;
        mapping(uint16 tokenId => Departed) departed;
    }

    IR1 public immutable TOKEN;
    IEpochLedger public immutable LEDGER;

    uint256 internal _jobCount;
    mapping(uint256 jobId => StoredJob) internal _jobs;

    constructor(IR1 r1, IEpochLedger ledger) EpochClock(ledger.GENESIS(), ledger.EPOCH_DURATION()) {
        TOKEN = r1;
        LEDGER = ledger;
    }

    /// @inheritdoc IJobEscrow
    function refund(uint256 jobId) external returns (uint256 amount) {
        _termsOf(jobId);
        return _refund(jobId);
    }

    /// @inheritdoc IJobEscrow
    function jobOf(uint256 jobId) external view returns (Job memory) {
        StoredJob storage job = _jobs[jobId];
        Terms memory terms = job.terms;
        Account memory account = job.account;
        return
            Job({
                owner: terms.owner,
                specHash: job.specHash,
                class: terms.class,
                gpu: terms.gpu,
                nodes: terms.nodes,
                active: account.active,
                epochs: terms.epochs,
                start: terms.start,
                sequence: account.sequence,
                rate: account.rate,
                balance: account.balance
            });
    }

    /// @inheritdoc IJobEscrow
    function jobCount() external view returns (uint256) {
        return _jobCount;
    }

    /// @inheritdoc IJobEscrow
    function nodesOf(uint256 jobId) external view returns (uint16[] memory tokenIds) {
        uint256 count = _jobs[jobId].account.active;
        Seat[] memory seats = SeatLib.load(_jobs[jobId].seats, count, 0);
        tokenIds = new uint16[](count);
        for (uint256 i = 0; i < count; ++i) tokenIds[i] = seats[i].tokenId();
    }

    /// @inheritdoc IJobEscrow
    function serviceOf(uint256 jobId, uint16 tokenId) external view returns (Service memory) {
        StoredJob storage job = _jobs[jobId];
        Terms memory terms = job.terms;
        uint256 count = job.account.active;
        Seat[] memory seats = SeatLib.load(job.seats, count, 0);
        uint256 position = SeatLib.find(seats, count, tokenId);
        if (position < count) {
            Seat seat = seats[position];
            return Service(terms.start + seat.from(), terms.start + terms.epochs, seat.settled(), true);
        }
        Departed memory departed = job.departed[tokenId];
        return Service(terms.start + departed.from, terms.start + departed.to, departed.settled, false);
    }

    /// @inheritdoc IJobEscrow
    function refundable(uint256 jobId) external view returns (uint256) {
        Account memory account = _jobs[jobId].account;
        return account.balance - _required(_jobs[jobId].terms, account);
    }

    function _refund(uint256 jobId) internal returns (uint256 amount) {
        StoredJob storage job = _jobs[jobId];
        Terms memory terms = job.terms;
        Account memory account = job.account;
        amount = account.balance - _required(terms, account);
        if (amount == 0) return 0;
        job.account.balance = uint88(account.balance - amount);
        emit Refunded(jobId, terms.owner, amount);
        TOKEN.safeTransfer(terms.owner, amount);
    }

    /// @dev Wei that assignments, and places that are still to be taken, can earn.
    function _required(Terms memory terms, Account memory account) internal view returns (uint256) {
        uint256 next = _nextOf(terms);
        uint256 open = next < terms.epochs ? terms.epochs - next : 0;
        uint256 taken = uint256(account.active) * terms.epochs - account.fromSum + account.departedDue;
        return account.rate * (taken + uint256(terms.nodes - account.active) * open);
    }

    /// @dev The epoch after the running one, counted from the job's start; zero for a job that waits for its start.
    function _nextOf(Terms memory terms) internal view returns (uint256) {
        return terms.start == 0 ? 0 : currentEpoch() + 1 - terms.start;
    }

    function _termsOf(uint256 jobId) internal view returns (Terms memory terms) {
        terms = _jobs[jobId].terms;
        if (terms.owner == address(0)) revert JobEscrow_NoJob(jobId);
    }

    /// @dev The terms of a job that is not over, asked for by somebody who may change it.
    function _openTerms(uint256 jobId, uint8 right) internal view returns (Terms memory terms) {
        terms = _termsOf(jobId);
        _requireRight(jobId, terms.owner, right);
        if (_nextOf(terms) > terms.epochs || terms.epochs == 0) revert JobEscrow_Over(jobId);
    }
}
