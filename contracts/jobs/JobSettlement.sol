// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {MerkleProofLib} from "solady/src/utils/MerkleProofLib.sol";

import {IDeed} from "../interfaces/IDeed.sol";
import {IJobEscrow} from "../interfaces/IJobEscrow.sol";
import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";
import {IR1} from "../interfaces/IR1.sol";
import {ServicePay} from "../libraries/ServicePay.sol";
import {DeedIdLib, DeedKind} from "../types/DeedId.sol";
import {Leaf} from "../types/Leaf.sol";
import {Seat, SeatLib} from "../types/Seat.sol";
import {JobPlaces} from "./JobPlaces.sol";

/// @title JobSettlement
/// @notice Pays what is proven to have been served.
abstract contract JobSettlement is JobPlaces {
    using SafeERC20 for IR1;

    /// @dev The job that is settled, in memory. `done`: ended epochs of it that the root covers.
    struct Page {
        uint256 jobId;
        uint256 epochs;
        uint256 done;
        Account account;
        Seat[] seats;
        uint256 burned;
    }

    /// @dev What one settlement pays, once everything is written. `payee` is zero where a ban holds it back.
    struct Payment {
        uint16 tokenId;
        address payee;
        uint256 amount;
    }

    /// @dev What one settlement covers. `position`: of the deed's place, or `active` for a deed that left. `isLast`: the place
    /// is free after it.
    struct Due {
        uint256 position;
        uint256 from;
        uint256 to;
        uint256 settled;
        bool isLast;
        bool isDue;
    }

    /// @notice Epochs of a term, and the fewest of a job.
    uint256 public immutable TERM;
    IOperatorRegistry public immutable OPERATORS;
    IDeed public immutable NODE_DEED;

    mapping(uint16 tokenId => uint256) private _held;

    constructor(uint256 term, IOperatorRegistry operators, IDeed nodeDeed) {
        TERM = term;
        OPERATORS = operators;
        NODE_DEED = nodeDeed;
    }

    /// @inheritdoc IJobEscrow
    function settle(
        uint256 jobId,
        uint16 tokenId,
        uint64 epoch,
        uint256 cumulative,
        bytes32[] calldata proof
    ) external returns (uint256 paid) {
        if (!MerkleProofLib.verifyCalldata(proof, _rootOf(epoch), _leaf(jobId, tokenId, cumulative))) {
            revert JobEscrow_InvalidProof();
        }
        Page memory page = _open(jobId, epoch);
        Due memory due = _dueOf(page, tokenId);
        if (!due.isDue) revert JobEscrow_NothingDue(jobId, tokenId, epoch);
        Payment memory payment = _settle(page, due, tokenId, cumulative);
        _close(page);
        _pay(payment);
        return payment.amount;
    }

    /// @inheritdoc IJobEscrow
    function settleMany(
        uint256 jobId,
        uint64 epoch,
        uint16[] calldata tokenIds,
        uint256[] calldata cumulatives,
        bytes32[] calldata proof,
        bool[] calldata proofFlags
    ) external returns (uint256 paid) {
        bytes32[] memory leaves = _leavesOf(jobId, tokenIds, cumulatives);
        if (MerkleProof.processMultiProofCalldata(proof, proofFlags, leaves) != _rootOf(epoch)) {
            revert JobEscrow_InvalidProof();
        }
        return _settleAll(_open(jobId, epoch), tokenIds, cumulatives);
    }

    /// @inheritdoc IJobEscrow
    function payHeld(uint16 tokenId) external returns (uint256 amount) {
        amount = _held[tokenId];
        if (amount == 0) revert JobEscrow_NothingHeld(tokenId);
        (address payee, bool banned) = _payeeOf(tokenId);
        if (banned) revert JobEscrow_StillBanned(tokenId);
        delete _held[tokenId];
        emit HeldPaid(tokenId, payee, amount);
        TOKEN.safeTransfer(payee, amount);
    }

    /// @inheritdoc IJobEscrow
    function heldOf(uint16 tokenId) external view returns (uint256) {
        return _held[tokenId];
    }

    /// @dev The sums are proven.
    function _settleAll(
        Page memory page,
        uint16[] calldata tokenIds,
        uint256[] calldata cumulatives
    ) private returns (uint256 paid) {
        Payment[] memory payments = new Payment[](tokenIds.length);
        for (uint256 i = 0; i < tokenIds.length; ++i) {
            Due memory due = _dueOf(page, tokenIds[i]);
            if (due.isDue) payments[i] = _settle(page, due, tokenIds[i], cumulatives[i]);
            else emit SettlementSkipped(page.jobId, tokenIds[i]);
        }
        _close(page);
        for (uint256 i = 0; i < payments.length; ++i) {
            _pay(payments[i]);
            paid += payments[i].amount;
        }
    }

    /// @dev Works one settlement into the page, and tells what the deed's owner is to be paid.
    function _settle(
        Page memory page,
        Due memory due,
        uint16 tokenId,
        uint256 cumulative
    ) private returns (Payment memory) {
        uint256 epochs = due.to - due.from;
        uint256 served = _servedIn(due, cumulative, epochs);
        ServicePay.Parts memory parts = ServicePay.split(page.account.rate, served, epochs);
        page.account.balance -= uint88(parts.paid + parts.burned);
        page.burned += parts.burned;
        _turn(page, due, tokenId, cumulative);

        (address payee, bool banned) = _payeeOf(tokenId);
        emit Settled(page.jobId, tokenId, payee, uint64(epochs), served, parts.paid, parts.burned, parts.penalty);
        return Payment(tokenId, banned ? address(0) : payee, parts.paid);
    }

    function _pay(Payment memory payment) private {
        if (payment.amount == 0) return;
        if (payment.payee != address(0)) return TOKEN.safeTransfer(payment.payee, payment.amount);
        _held[payment.tokenId] += payment.amount;
        emit PaymentHeld(payment.tokenId, payment.amount);
    }

    /// @dev Notes what is settled now: in the deed's place, or that nothing is left to settle.
    function _turn(Page memory page, Due memory due, uint16 tokenId, uint256 cumulative) private {
        Account memory account = page.account;
        uint32 settled = _asSettled(cumulative > due.settled ? cumulative : due.settled);
        if (due.position == account.active) {
            account.departedDue -= uint24(due.to - due.from);
            _jobs[page.jobId].departed[tokenId] = Departed(uint16(due.to), uint16(due.to), settled);
        } else if (due.isLast) {
            _vacate(account, page.seats, due.position);
        } else {
            account.fromSum += uint24(due.to - due.from);
            page.seats[due.position] = SeatLib.encode(tokenId, uint16(due.to), settled);
        }
    }

    /// @dev Writes a page back. Places that became free lie at the end of its list, as zeroes.
    function _close(Page memory page) private {
        _jobs[page.jobId].account = page.account;
        SeatLib.store(_jobs[page.jobId].seats, page.seats, page.seats.length);
        if (page.burned != 0) TOKEN.burn(page.burned);
    }

    function _open(uint256 jobId, uint64 epoch) private view returns (Page memory page) {
        Terms memory terms = _termsOf(jobId);
        if (terms.start == 0) revert JobEscrow_NotStarted(jobId);
        page.jobId = jobId;
        page.epochs = terms.epochs;
        page.done = epoch < terms.start ? 0 : uint256(epoch) + 1 - terms.start;
        page.account = _jobs[jobId].account;
        page.seats = SeatLib.load(_jobs[jobId].seats, page.account.active, 0);
    }

    /// @dev An assignment that goes on is due when a term is over; one that is over, when the root covers its last epoch.
    function _dueOf(Page memory page, uint16 tokenId) private view returns (Due memory due) {
        uint256 active = page.account.active;
        due.position = SeatLib.find(page.seats, active, tokenId);
        if (due.position == active) return _departedDue(page, due, tokenId);
        Seat seat = page.seats[due.position];
        due.from = seat.from();
        due.settled = seat.settled();
        due.isLast = page.done >= page.epochs;
        due.to = due.isLast ? page.epochs : page.done;
        due.isDue = due.isLast || due.to >= due.from + TERM;
    }

    function _departedDue(Page memory page, Due memory due, uint16 tokenId) private view returns (Due memory) {
        Departed memory departed = _jobs[page.jobId].departed[tokenId];
        due.from = departed.from;
        due.to = departed.to;
        due.settled = departed.settled;
        due.isDue = due.from != due.to && page.done >= due.to;
        return due;
    }

    function _payeeOf(uint16 tokenId) private view returns (address payee, bool banned) {
        (address owner, bool deedBanned) = NODE_DEED.standingOf(tokenId);
        (payee, banned) = OPERATORS.payoutOf(owner);
        if (deedBanned) banned = true;
    }

    function _rootOf(uint64 epoch) private view returns (bytes32 root) {
        root = LEDGER.rootOf(epoch);
        if (root == bytes32(0)) revert JobEscrow_NoRoot(epoch);
    }

    function _leavesOf(
        uint256 jobId,
        uint16[] calldata tokenIds,
        uint256[] calldata cumulatives
    ) private pure returns (bytes32[] memory leaves) {
        uint256 count = tokenIds.length;
        if (count == 0 || count != cumulatives.length) revert JobEscrow_LengthMismatch(count, cumulatives.length);
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = _leaf(jobId, tokenIds[i], cumulatives[i]);
    }

    function _leaf(uint256 jobId, uint16 tokenId, uint256 cumulative) private pure returns (bytes32) {
        return Leaf.service(jobId, DeedIdLib.encode(DeedKind.Node, tokenId), cumulative);
    }

    /// @dev Bytes that are new, and no more than the epochs can hold.
    function _servedIn(Due memory due, uint256 cumulative, uint256 epochs) private pure returns (uint256 served) {
        served = cumulative > due.settled ? cumulative - due.settled : 0;
        if (served > ServicePay.FULL * epochs) served = ServicePay.FULL * epochs;
    }

    /// @dev No honest sum comes near the limit; one that does must not keep the job from being settled.
    function _asSettled(uint256 cumulative) private pure returns (uint32) {
        return cumulative > type(uint32).max ? type(uint32).max : uint32(cumulative);
    }
}
