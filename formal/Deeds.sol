// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Emission} from "../contracts/libraries/Emission.sol";
import {Supply} from "../contracts/libraries/Supply.sol";

/// @notice Issuing a Master Node Deed adds its allocation to their sum, which never passes 26.1 % of the cap, on no more than 500 deeds.
/// @custom:only-assertions
contract IssuingKeepsTheShare {
    event MasterNodeDeedIssued(uint256 indexed tokenId, address indexed to, uint256 allocation);

    modifier restricted() {
        _;
    }

    // from contracts/deeds/MasterNodeDeed.sol: _issued, _allocated, _allocations, issue

    function _issueLocked(address to, uint256 tokenId) internal {}

    function check(address to, uint256 allocation, uint256 other) external {
        (uint128 issued, uint128 allocated) = (_issued, _allocated);
        require(issued <= Supply.MASTER_DEEDS && allocated <= Supply.MASTER_ALLOCATION);
        uint256 others = _allocations[other];
        uint256 tokenId = issue(to, allocation);
        assert(allocation != 0 && allocation <= Supply.MASTER_DEED_MAX_ALLOCATION);
        assert(_allocated == allocated + allocation);
        assert(_allocated <= Supply.MASTER_ALLOCATION);
        assert(tokenId == issued + 1 && _issued == tokenId && tokenId <= Supply.MASTER_DEEDS);
        assert(_allocations[tokenId] == allocation);
        assert(other == tokenId || _allocations[other] == others);
    }
}

/// @dev What a deed has claimed. What it mints for a sum is any function here; `Emission.sol` has what is proved about it.
abstract contract Claims {
    enum ClaimStatus {
        Claimable,
        Banned,
        NothingNew,
        AboveBound
    }

    event MetadataUpdate(uint256 tokenId);

    uint64 internal CLASS_START;
    address internal REWARDS;
    mapping(uint256 cumulative => uint256) internal _minted;

    // from contracts/deeds/Deed.sol: StoredRecord, _records, _bound, _claimStatus, _requireClaimable, recordClaim

    function mintedAt(uint256, uint256 cumulative) public view returns (uint256) {
        return _minted[cumulative];
    }
}

/// @notice A deed's bound is 255 for each epoch from its association or its class's start on, and 0 before both.
/// @custom:only-assertions
contract BoundCountsEpochs is Claims {
    function check(uint32 first, uint64 epoch) external view {
        uint256 bound = _bound(uint256(first) + 1, epoch);
        assert(_bound(0, epoch) == 0);
        assert((epoch >= first && epoch >= CLASS_START) || bound == 0);
        assert(epoch < first || first < CLASS_START || bound == 255 * (uint256(epoch) - first + 1));
        assert(epoch < CLASS_START || CLASS_START < first || bound == 255 * (uint256(epoch) - CLASS_START + 1));
    }
}

/// @notice A sum is claimable if and only if the deed is not banned, the sum is above what was claimed, and not above the bound.
/// @custom:only-assertions
contract ClaimableIsWithinTheBound is Claims {
    function check(StoredRecord memory record, uint256 cumulative, uint64 epoch) external view {
        uint256 bound = _bound(record.firstEpochPlusOne, epoch);
        bool claimable = _claimStatus(record, cumulative, epoch) == ClaimStatus.Claimable;
        assert(!claimable || (!record.banned && cumulative > record.claimed && cumulative <= bound));
        assert(claimable || record.banned || cumulative <= record.claimed || cumulative > bound);
        assert(!claimable || record.firstEpochPlusOne != 0);
    }
}

/// @notice A claim goes only through the rewards contract, raises what was claimed to exactly the proven sum, never above the bound, and mints
/// the difference: what a deed minted in all is what it mints at the sum it claimed.
/// @custom:only-assertions
contract ClaimMintsTheDifference is Claims {
    function check(uint256 tokenId, uint256 cumulative, uint64 epoch) external {
        require(cumulative <= type(uint32).max);
        uint32 claimed = _records[tokenId].claimed;
        uint256 bound = _bound(_records[tokenId].firstEpochPlusOne, epoch);
        bool banned = _records[tokenId].banned;
        (, uint256 amount) = recordClaim(tokenId, cumulative, epoch);
        assert(msg.sender == REWARDS && !banned);
        assert(_records[tokenId].claimed == cumulative && cumulative > claimed);
        assert(cumulative <= bound);
        assert(mintedAt(tokenId, claimed) + amount == mintedAt(tokenId, cumulative));
    }
}
