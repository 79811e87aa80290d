// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IEpochLedger} from "../interfaces/IEpochLedger.sol";
import {IOracleRegistry} from "../interfaces/IOracleRegistry.sol";
import {EpochClock} from "../libraries/EpochClock.sol";
import {CompactSignature, EpochReport} from "../types/EpochReport.sol";

/// @title EpochLedger
/// @notice See `IEpochLedger`.
/// @dev The place of the activation delay and of `disprove` (a root that can be shown to be wrong before it becomes claimable)
/// is between `_roots` and `rootOf`: claims see roots through `rootOf` alone.
contract EpochLedger is EpochClock, EIP712, AccessManaged, Pausable, IEpochLedger {
    bytes32 private constant _REPORT_TYPEHASH = keccak256(
        "EpochReport(uint64 epoch,bytes32 previousRoot,bytes32 root,bytes32 dataHash,uint64 leafCount)"
    );

    IOracleRegistry public immutable ORACLES;

    /// @dev Shares a slot with the pause flag. The last committed epoch plus one; zero before the first commit.
    uint64 private _nextEpoch;
    mapping(uint64 epoch => bytes32) private _roots;

    /// @param genesis Unix seconds. @param epochDuration Seconds.
    constructor(
        address authority,
        IOracleRegistry oracles,
        uint256 genesis,
        uint256 epochDuration
    ) EpochClock(genesis, epochDuration) EIP712("EpochLedger", "1") AccessManaged(authority) {
        ORACLES = oracles;
    }

    /// @inheritdoc IEpochLedger
    function commit(EpochReport calldata report, CompactSignature[] calldata signatures) external whenNotPaused {
        _requireNext(report);
        (uint256 signers, address setPointer) = ORACLES.verify(digestOf(report), signatures);

        _nextEpoch = report.epoch + 1;
        _roots[report.epoch] = report.root;
        emit EpochCommitted(
            report.epoch,
            report.root,
            report.previousRoot,
            report.dataHash,
            report.leafCount,
            signers,
            setPointer
        );
    }

    /// @inheritdoc IEpochLedger
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IEpochLedger
    function unpause() external restricted {
        _unpause();
    }

    /// @inheritdoc IEpochLedger
    function rootOf(uint64 epoch) external view returns (bytes32) {
        return _roots[epoch];
    }

    /// @inheritdoc IEpochLedger
    function latest() external view returns (bool committed, uint64 epoch, bytes32 root) {
        uint64 next = _nextEpoch;
        if (next != 0) return (true, next - 1, _roots[next - 1]);
    }

    /// @inheritdoc IEpochLedger
    function digestOf(EpochReport calldata report) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(_REPORT_TYPEHASH, report)));
    }

    function _requireNext(EpochReport calldata report) private view {
        uint64 next = _nextEpoch;
        if (report.epoch < next) revert EpochLedger_NotLater(report.epoch, next - 1);
        uint256 end = epochEnd(report.epoch);
        if (_now() < end) revert EpochLedger_NotEnded(report.epoch, end, _now());
        bytes32 previousRoot = next == 0 ? bytes32(0) : _roots[next - 1];
        if (report.previousRoot != previousRoot) {
            revert EpochLedger_WrongPreviousRoot(report.previousRoot, previousRoot);
        }
        if (report.root == bytes32(0)) revert EpochLedger_ZeroRoot();
    }
}
