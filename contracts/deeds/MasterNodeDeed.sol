// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

import {IDeed} from "../interfaces/IDeed.sol";
import {IMasterNodeDeed} from "../interfaces/IMasterNodeDeed.sol";
import {Emission} from "../libraries/Emission.sol";
import {Supply} from "../libraries/Supply.sol";
import {DeedKind} from "../types/DeedId.sol";
import {Deed} from "./Deed.sol";
import {SoulboundDeed} from "./SoulboundDeed.sol";

/// @title MasterNodeDeed
/// @notice See `IMasterNodeDeed`.
contract MasterNodeDeed is SoulboundDeed, IMasterNodeDeed {
    uint256 private immutable _CURVE_OFFSET;
    uint256 private immutable _CURVE_SCALE;

    uint128 private _issued;
    uint128 private _allocated;
    mapping(uint256 tokenId => uint256) private _allocations;

    constructor(
        uint64 classStart,
        uint64 duration,
        Wiring memory wiring
    ) ERC721("R1 Master Node Deed", "MND") Deed(DeedKind.Master, true, classStart, duration, wiring) {
        Emission.Logistic memory curve = Emission.logisticConstants();
        _CURVE_OFFSET = curve.offset;
        _CURVE_SCALE = curve.scale;
    }

    /// @inheritdoc IMasterNodeDeed
    function issue(address to, uint256 allocation) external restricted returns (uint256 tokenId) {
        uint256 left = Supply.MASTER_ALLOCATION - _allocated;
        if (allocation == 0) revert MasterNodeDeed_ZeroAllocation();
        if (allocation > Supply.MASTER_DEED_MAX_ALLOCATION) {
            revert MasterNodeDeed_AllocationTooLarge(allocation, Supply.MASTER_DEED_MAX_ALLOCATION);
        }
        if (allocation > left) revert MasterNodeDeed_AllocationsExhausted(allocation, left);
        if (_issued == Supply.MASTER_DEEDS) revert MasterNodeDeed_AllIssued(Supply.MASTER_DEEDS);

        tokenId = ++_issued;
        _allocated += uint128(allocation);
        _allocations[tokenId] = allocation;
        _issueLocked(to, tokenId);
        emit MasterNodeDeedIssued(tokenId, to, allocation);
    }

    /// @inheritdoc IMasterNodeDeed
    function totalAllocated() external view returns (uint256) {
        return _allocated;
    }

    /// @inheritdoc IDeed
    function allocationOf(uint256 tokenId) public view override(Deed, IDeed) returns (uint256) {
        return _allocations[tokenId];
    }

    /// @inheritdoc IDeed
    function mintedAt(uint256 tokenId, uint256 cumulative) public view override(Deed, IDeed) returns (uint256) {
        Emission.Logistic memory curve = Emission.Logistic(_CURVE_OFFSET, _CURVE_SCALE);
        return Emission.logistic(curve, _allocations[tokenId], DURATION, cumulative);
    }

    /// @inheritdoc IDeed
    function totalSupply() public view override(Deed, IDeed) returns (uint256) {
        return _issued;
    }
}
