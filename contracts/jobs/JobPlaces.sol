// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IJobEscrow} from "../interfaces/IJobEscrow.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IOracleRegistry} from "../interfaces/IOracleRegistry.sol";
import {DeedIdLib, DeedKind} from "../types/DeedId.sol";
import {CompactSignature} from "../types/EpochReport.sol";
import {Seat, SeatLib} from "../types/Seat.sol";
import {JobBook} from "./JobBook.sol";

/// @title JobPlaces
/// @notice Which deeds serve a job: the oracles put them in its places and take them out.
abstract contract JobPlaces is EIP712, JobBook {
    bytes32 private constant _ASSIGNMENT_TYPEHASH = keccak256(
        "Assignment(uint256 jobId,uint16 sequence,uint16[] leaving,uint16[] joining,uint64 deadline)"
    );

    IOracleRegistry public immutable ORACLES;
    INodeRegistry public immutable NODE_REGISTRY;

    constructor(IOracleRegistry oracles, INodeRegistry nodeRegistry) EIP712("JobEscrow", "1") {
        ORACLES = oracles;
        NODE_REGISTRY = nodeRegistry;
    }

    /// @inheritdoc IJobEscrow
    function assign(Assignment calldata assignment, CompactSignature[] calldata signatures) external {
        _requireDecided(assignment, signatures);
        StoredJob storage job = _jobs[assignment.jobId];
        Terms memory terms = _begin(assignment.jobId);
        Account memory account = job.account;
        if (assignment.sequence != account.sequence) {
            revert JobEscrow_WrongSequence(assignment.jobId, assignment.sequence, account.sequence);
        }
        ++account.sequence;

        uint256 before = account.active;
        uint16 next = uint16(_nextOf(terms));
        uint16[] calldata joining = assignment.joining;
        Seat[] memory seats = SeatLib.load(job.seats, before, joining.length);
        _leave(assignment.jobId, account, seats, assignment.leaving, next);
        _requirePlaces(assignment.jobId, joining.length, terms.nodes - account.active);
        _join(assignment.jobId, account, seats, joining, next);
        SeatLib.store(job.seats, seats, account.active > before ? account.active : before);
        job.account = account;
        emit NodesAssigned(assignment.jobId, assignment.sequence, assignment.leaving, joining, terms.start + next);
    }

    /// @inheritdoc IJobEscrow
    function digestOf(Assignment calldata assignment) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        _ASSIGNMENT_TYPEHASH,
                        assignment.jobId,
                        assignment.sequence,
                        keccak256(abi.encodePacked(assignment.leaving)),
                        keccak256(abi.encodePacked(assignment.joining)),
                        assignment.deadline
                    )
                )
            );
    }

    /// @dev Takes deeds out of their places; they are paid up to the epoch before `to`. Changes the lists in memory.
    function _leave(
        uint256 jobId,
        Account memory account,
        Seat[] memory seats,
        uint16[] calldata tokenIds,
        uint16 to
    ) internal {
        for (uint256 i = 0; i < tokenIds.length; ++i) {
            uint256 position = SeatLib.find(seats, account.active, tokenIds[i]);
            if (position == account.active) revert JobEscrow_NotAssigned(jobId, tokenIds[i]);
            Seat seat = seats[position];
            _jobs[jobId].departed[tokenIds[i]] = Departed(seat.from(), to, seat.settled());
            account.departedDue += to - seat.from();
            _vacate(account, seats, position);
        }
    }

    /// @dev The last place moves into the free one.
    function _vacate(Account memory account, Seat[] memory seats, uint256 position) internal pure {
        account.fromSum -= seats[position].from();
        --account.active;
        seats[position] = seats[account.active];
        seats[account.active] = Seat.wrap(0);
    }

    /// @dev The terms of a job that can be assigned to; its first assignment starts it.
    function _begin(uint256 jobId) private returns (Terms memory terms) {
        terms = _termsOf(jobId);
        if (_nextOf(terms) >= terms.epochs) revert JobEscrow_Over(jobId);
        if (terms.start != 0) return terms;
        terms.start = uint32(currentEpoch() + 1);
        _jobs[jobId].terms.start = terms.start;
    }

    /// @dev Puts deeds into free places, which there are; they are paid from `from` on. Changes the lists in memory.
    function _join(
        uint256 jobId,
        Account memory account,
        Seat[] memory seats,
        uint16[] calldata tokenIds,
        uint16 from
    ) private view {
        mapping(uint16 tokenId => Departed) storage departures = _jobs[jobId].departed;
        uint256 count = account.active;
        for (uint256 i = 0; i < tokenIds.length; ++i) {
            uint16 tokenId = tokenIds[i];
            if (SeatLib.find(seats, count, tokenId) != count) revert JobEscrow_AlreadyAssigned(jobId, tokenId);
            Departed storage departed = departures[tokenId];
            if (departed.from != departed.to) revert JobEscrow_Unsettled(jobId, tokenId);
            if (!NODE_REGISTRY.isServing(DeedIdLib.encode(DeedKind.Node, tokenId))) {
                revert JobEscrow_NotServing(tokenId);
            }
            seats[count++] = SeatLib.encode(tokenId, from, departed.settled);
        }
        account.active = uint8(count);
        account.fromSum += uint24(from * tokenIds.length);
    }

    function _requireDecided(Assignment calldata assignment, CompactSignature[] calldata signatures) private view {
        if (_now() > assignment.deadline) revert JobEscrow_Expired(assignment.deadline, _now());
        if (assignment.leaving.length + assignment.joining.length == 0) revert JobEscrow_NothingAssigned();
        ORACLES.verify(digestOf(assignment), signatures);
    }

    function _requirePlaces(uint256 jobId, uint256 wanted, uint256 free) private pure {
        if (wanted > free) revert JobEscrow_NoPlace(jobId, wanted, free);
    }
}
