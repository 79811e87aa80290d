// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DeedId} from "../types/DeedId.sol";
import {IDeed} from "./IDeed.sol";

/// @title IAvailabilityRewards
/// @notice Mints R1 for proven availability (Proof-of-Availability; paper, section 3.2).
/// @dev Guarantees. (1) A deed's claims add up to `minted(cumulative)` of its last claim, however they were split. (2) No claim
/// passes the deed's bound, whatever a root says. (3) In a batch one deed never stops another. Anybody may claim for any deed;
/// R1 goes to the payee of the deed's owner, and for the Genesis deed to the treasury pools.
interface IAvailabilityRewards {
    /// @param share Part of what the Genesis deed mines, in basis points.
    struct Pool {
        address account;
        uint16 share;
    }

    /// @param payee Received `amount`; zero for the Genesis deed, whose R1 is spread over the pools.
    /// @param cumulative Sum of availability bytes claimed by now.
    /// @param amount Wei minted.
    event Claimed(DeedId indexed deed, address indexed payee, uint64 epoch, uint256 cumulative, uint256 amount);
    event ClaimSkipped(DeedId indexed deed, IDeed.ClaimStatus why);

    error AvailabilityRewards_NoRoot(uint64 epoch);
    error AvailabilityRewards_InvalidProof();
    error AvailabilityRewards_ZeroCount();
    error AvailabilityRewards_LengthMismatch(uint256 deeds, uint256 cumulatives);
    /// @notice The owner is banned. A deed's own refusals are `Deed_Banned`, `Deed_NothingNew` and `Deed_AboveBound`.
    error AvailabilityRewards_OwnerBanned(DeedId deed, address owner);
    error AvailabilityRewards_SharesNotWhole(uint256 sum);

    /// @notice Claims what `deed` mined up to `epoch`.
    /// @param cumulative Sum of the deed's availability bytes, as in the leaf.
    /// @param proof Siblings from the leaf up to the root of `epoch`.
    /// @return amount Wei minted.
    function claim(
        DeedId deed,
        uint64 epoch,
        uint256 cumulative,
        bytes32[] calldata proof
    ) external returns (uint256 amount);

    /// @notice Claims for several deeds with one multiproof. Deeds with nothing new, banned ones and ones whose leaf passes
    /// their bound are skipped; an invalid proof reverts all.
    /// @param deeds In the order the multiproof expects.
    /// @return amount Wei minted in all.
    function claimMany(
        uint64 epoch,
        DeedId[] calldata deeds,
        uint256[] calldata cumulatives,
        bytes32[] calldata proof,
        bool[] calldata proofFlags
    ) external returns (uint256 amount);

    /// @notice What `claim` would mint now for a leaf with `cumulative` in `epoch`, in wei; zero when it would revert. The proof
    /// is not looked at.
    function claimable(DeedId deed, uint64 epoch, uint256 cumulative) external view returns (uint256);

    /// @notice Where the Genesis deed's R1 goes.
    function pools() external view returns (Pool[] memory);
}
