// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CompactSignature, EpochReport} from "../types/EpochReport.sol";

/// @title IOracleRegistry
/// @notice The oracle set: nodes with deeds, no two of one owner, the quorum that speaks for them, and the ways out.
/// @dev Guarantees. (1) No two oracles have one owner. (2) `verify` returns only for signatures of at least `quorum()` distinct
/// current oracles. (3) An oracle whose deed, approval or node lapsed can be ejected by anybody. (4) So can one that signed a
/// disproved root, one that signed two reports of one epoch, and one that did not answer a challenge in time. (5) An oracle that
/// follows the protocol and can be reached is never removed by (4), and answering costs it no ether.
/// EIP-712 domain `OracleRegistry`, version `1`.
interface IOracleRegistry {
    /// @notice Why an oracle left.
    enum Removal {
        Governance,
        Lapsed,
        Disproved,
        Equivocation,
        Silent
    }

    /// @param setPointer Holds the new set, for ever: the addresses in ascending order, 20 bytes each, after one zero byte of
    /// code. Signer bitmaps of the ledger count positions in it.
    event OracleAdded(address indexed oracle, address indexed owner, address setPointer);
    /// @param setPointer As above. Oracles that leave together name the set without all of them.
    event OracleRemoved(address indexed oracle, address indexed owner, Removal why, address setPointer);
    /// @param deadline The last second, Unix, at which it may answer.
    event OracleChallenged(address indexed oracle, address indexed by, uint64 deadline);
    /// @param deadline Of the challenge that it answered.
    event OracleAnswered(address indexed oracle, uint64 deadline);

    error OracleRegistry_NodeNotActive(address node);
    error OracleRegistry_AlreadyOracle(address oracle);
    error OracleRegistry_OwnerHasOracle(address owner, address oracle);
    error OracleRegistry_SetFull(uint256 most);
    error OracleRegistry_NotOracle(address account);
    /// @notice The oracle's node, deed and owner are all in order.
    error OracleRegistry_StillEligible(address oracle);
    error OracleRegistry_TooFewSignatures(uint256 given, uint256 quorum);
    /// @notice Signature number `index` is not by a current oracle, or not above the one before it, or malleable.
    /// `signer` is zero when it could not be recovered.
    error OracleRegistry_BadSignature(uint256 index, address signer);
    error OracleRegistry_NotLedger(address caller);
    error OracleRegistry_DifferentEpochs(uint64 a, uint64 b);
    error OracleRegistry_SameReport(bytes32 digest);
    /// @notice Zero stands for a signature from which nobody could be recovered.
    error OracleRegistry_DifferentSigners(address a, address b);
    /// @notice A challenge is open already; after its deadline the oracle can be removed. Unix seconds.
    error OracleRegistry_ChallengeOpen(uint64 deadline);
    /// @notice The oracle answered lately, and cannot be challenged before `next`. Unix seconds.
    error OracleRegistry_ChallengedLately(uint64 next);
    error OracleRegistry_NotChallenged(address oracle);
    /// @notice The answer came after the deadline. Unix seconds.
    error OracleRegistry_TooLate(uint64 deadline);
    /// @notice The answer is by `signer` (zero: could not be recovered), not by the oracle for this deadline.
    error OracleRegistry_BadAnswer(address signer);
    /// @notice The oracle may still answer. Unix seconds.
    error OracleRegistry_NotSilent(uint64 deadline);
    error OracleRegistry_ZeroAnswerWindow();

    /// @notice Adds the oracle with `node`'s key. The node has to be active; its deed's owner has no other oracle. Governance only.
    function addOracle(address node) external;

    /// @notice Removes an oracle. Governance only.
    function removeOracle(address oracle) external;

    /// @notice Removes an oracle that is no longer eligible. Anybody.
    function eject(address oracle) external;

    /// @notice Removes those who signed a disproved root. The ledger only.
    /// @param setVersion As `verify` returned it. @param signers As `verify` returned them; those who left are passed over.
    function ejectSigners(uint32 setVersion, uint256 signers) external;

    /// @notice Removes an oracle that signed two reports of one epoch. Anybody.
    /// @dev The evidence does not age: such a key is unfit for ever, and its owner comes back with another.
    function reportEquivocation(
        EpochReport calldata a,
        CompactSignature calldata signatureOfA,
        EpochReport calldata b,
        CompactSignature calldata signatureOfB
    ) external;

    /// @notice Asks an oracle for a sign of life within `ANSWER_WINDOW`. Anybody; not while it is asked already, and not within
    /// `CHALLENGE_COOLDOWN` after its last answer.
    function challenge(address oracle) external;

    /// @notice Brings the answer to the open challenge of `oracle`, in its last second at the latest. Anybody.
    /// @param signature The oracle's, over `Answer(address oracle,uint64 deadline)`.
    function answer(address oracle, CompactSignature calldata signature) external;

    /// @notice Removes an oracle that did not answer in time. Anybody.
    function removeSilent(address oracle) external;

    /// @notice Checks that a quorum of oracles signed `digest`.
    /// @param signatures Compact, low `s`, ascending by signer address, no signer twice.
    /// @return signers Bit `i` set: the oracle at position `i` of the set signed. At most 64 bits.
    /// @return setPointer The set that `signers` counts in.
    /// @return setVersion The number of that set, see `setOf`.
    function verify(
        bytes32 digest,
        CompactSignature[] calldata signatures
    ) external view returns (uint256 signers, address setPointer, uint32 setVersion);

    /// @notice `max(⌊2n/3⌋ + 1, 3)` for `n` oracles: never fewer than three, however small the set.
    function quorum() external view returns (uint256);

    /// @notice The oracles, ascending.
    function oracles() external view returns (address[] memory);

    /// @notice The data contract of the set with that version; zero when there is none. Versions count from 1, the empty set
    /// at deployment, and grow by one with each change.
    function setOf(uint32 setVersion) external view returns (address setPointer);

    function isOracle(address account) external view returns (bool);

    /// @notice Whether `oracle` may stay: its node is active and its deed still belongs to the owner it was added with.
    function isEligible(address oracle) external view returns (bool);

    /// @notice The owner an oracle was added with; zero when `oracle` is none.
    function ownerOf(address oracle) external view returns (address);

    /// @notice The challenge of `oracle`. Unix seconds.
    /// @return deadline Last second for the answer; zero when no challenge is open.
    /// @return nextAllowed Since its last answer it cannot be challenged before; zero when it never answered.
    function challengeOf(address oracle) external view returns (uint64 deadline, uint64 nextAllowed);

    /// @notice Seconds to answer a challenge.
    function ANSWER_WINDOW() external view returns (uint256);

    /// @notice Seconds after an answer without a new challenge: ten windows.
    function CHALLENGE_COOLDOWN() external view returns (uint256);
}
