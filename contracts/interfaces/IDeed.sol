// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

import {DeedKind} from "../types/DeedId.sol";

/// @title IDeed
/// @notice A class of licences. A deed carries its own mining record, so that it can be sold with what it accrued, and priced
/// by what is left in it.
interface IDeed is IERC721 {
    /// @param owner Zero: the deed does not exist.
    /// @param associatedBefore Whether a node was ever associated; `firstEpoch` means something only then.
    /// @param firstEpoch Epoch of the first association.
    /// @param claimed Sum of availability bytes whose R1 was minted already.
    /// @param banned Whether the deed neither earns, nor claims, nor serves, nor moves.
    struct Record {
        address owner;
        bool associatedBefore;
        uint32 firstEpoch;
        uint32 claimed;
        bool banned;
    }

    /// @notice Whether a proven cumulative can be claimed, and if not, why.
    enum ClaimStatus {
        Claimable,
        NothingNew,
        AboveBound,
        Banned
    }

    event DeedBanned(uint256 indexed tokenId, string reason);
    event DeedUnbanned(uint256 indexed tokenId);

    error Deed_NotNodeRegistry(address caller);
    error Deed_NotRewards(address caller);
    error Deed_Banned(uint256 tokenId);
    /// @notice Deeds of this class stay with the operator they were issued to.
    error Deed_Soulbound(uint256 tokenId);
    error Deed_NotBanned(uint256 tokenId);
    error Deed_NoReason();
    /// @notice A deed is only held by approved operators, and a banned operator cannot move its deeds.
    error Deed_OperatorNotApproved(address operator);
    error Deed_OperatorBanned(address operator);
    /// @notice The new cumulative is not above what was claimed. Both are sums of availability bytes.
    error Deed_NothingNew(uint256 tokenId, uint256 cumulative, uint256 claimed);
    /// @notice More availability than the epochs since the first association can hold, whatever an oracle quorum says.
    error Deed_AboveBound(uint256 tokenId, uint256 cumulative, uint256 bound);

    /// @notice The class of this collection.
    function KIND() external view returns (DeedKind);

    /// @notice First epoch whose availability is credited to this class.
    function CLASS_START() external view returns (uint64);

    /// @notice Epochs of full availability that mine a deed's whole allocation.
    function DURATION() external view returns (uint64);

    /// @notice Bans one deed. Compliance only.
    /// @param reason Public and not empty.
    function ban(uint256 tokenId, string calldata reason) external;

    function unban(uint256 tokenId) external;

    /// @notice Notes that a node was associated in `epoch`. Only the node registry.
    /// @return owner The deed's owner.
    function recordAssociation(uint256 tokenId, uint64 epoch) external returns (address owner);

    /// @notice Raises what is claimed to `cumulative` and tells what that newly mints. Only the rewards contract. Reverts unless
    /// `claimStatus` is `Claimable`.
    /// @param epoch The epoch whose root proved `cumulative`.
    /// @return owner The deed's owner.
    /// @return amount Wei: `minted(cumulative) − minted(claimed)`. The amounts of all claims add up to `minted` of the last.
    function recordClaim(
        uint256 tokenId,
        uint256 cumulative,
        uint64 epoch
    ) external returns (address owner, uint256 amount);

    /// @notice Whether the deed itself lets `cumulative`, proven for `epoch`, be claimed. The owner's standing is not looked at.
    /// @return status What a claim would meet.
    /// @return owner The deed's owner; zero for a deed that does not exist.
    function claimStatus(
        uint256 tokenId,
        uint256 cumulative,
        uint64 epoch
    ) external view returns (ClaimStatus status, address owner);

    /// @notice The deed's mining record; all zero when it does not exist.
    function recordOf(uint256 tokenId) external view returns (Record memory);

    /// @notice Of a deed's record, who owns it (zero: nobody) and whether it is banned.
    function standingOf(uint256 tokenId) external view returns (address owner, bool banned);

    /// @notice The most that `cumulative` can be after `epoch`: `255 × (epoch + 1 − max(first association, class start))`,
    /// zero before that.
    function boundOf(uint256 tokenId, uint64 epoch) external view returns (uint256);

    /// @notice Wei of R1 that the deed mines in all.
    function allocationOf(uint256 tokenId) external view returns (uint256);

    /// @notice Wei of R1 mined at a sum of `cumulative` availability bytes: the class's emission curve, rounded down.
    function mintedAt(uint256 tokenId, uint256 cumulative) external view returns (uint256);

    /// @notice Number of deeds issued; token ids run from 1 to this.
    function totalSupply() external view returns (uint256);
}
