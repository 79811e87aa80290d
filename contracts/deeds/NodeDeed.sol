// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {LibBitmap} from "solady/src/utils/LibBitmap.sol";

import {INodeDeed} from "../interfaces/INodeDeed.sol";
import {IDeed} from "../interfaces/IDeed.sol";
import {Emission} from "../libraries/Emission.sol";
import {Supply} from "../libraries/Supply.sol";
import {DeedKind} from "../types/DeedId.sol";
import {Deed} from "./Deed.sol";

/// @title NodeDeed
/// @notice See `INodeDeed`.
/// @dev A purchase writes one batch (its buyer and length) however many deeds it has. A deed gets a record of its own when it is
/// first associated, banned or transferred; until then its owner is its batch's buyer. Batches never change.
contract NodeDeed is Deed, INodeDeed {
    using LibBitmap for LibBitmap.Bitmap;

    struct Batch {
        address buyer;
        uint96 count;
    }

    /// @inheritdoc INodeDeed
    address public immutable SALE;

    uint256 private _issued;
    mapping(uint256 firstId => Batch) private _batches;
    LibBitmap.Bitmap private _batchStarts;

    constructor(
        uint64 classStart,
        uint64 duration,
        address sale,
        Wiring memory wiring
    ) ERC721("R1 Node Deed", "ND") Deed(DeedKind.Node, false, classStart, duration, wiring) {
        SALE = sale;
    }

    /// @inheritdoc INodeDeed
    function issue(address to, uint256 count) external returns (uint256 firstId) {
        if (msg.sender != SALE) revert NodeDeed_NotSale(msg.sender);
        if (count == 0) revert NodeDeed_ZeroCount();
        uint256 issued = _issued;
        if (count > Supply.NODE_DEEDS - issued) revert NodeDeed_SoldOut(count, Supply.NODE_DEEDS - issued);
        _countIssued(to, count);

        firstId = issued + 1;
        _issued = issued + count;
        _batches[firstId] = Batch(to, uint96(count));
        _batchStarts.set(firstId);
        for (uint256 id = firstId; id <= issued + count; ++id) emit Transfer(address(0), to, id);
    }

    /// @inheritdoc IDeed
    function allocationOf(uint256) public pure override(Deed, IDeed) returns (uint256) {
        return Supply.NODE_DEED_ALLOCATION;
    }

    /// @inheritdoc IDeed
    function mintedAt(uint256, uint256 cumulative) public view override(Deed, IDeed) returns (uint256) {
        return Emission.linear(Supply.NODE_DEED_ALLOCATION, DURATION, cumulative);
    }

    /// @inheritdoc IDeed
    function totalSupply() public view override(Deed, IDeed) returns (uint256) {
        return _issued;
    }

    function _issuedTo(uint256 tokenId) internal view override returns (address) {
        // Without this, a made-up id would be looked for below it through an endless bitmap.
        if (tokenId > Supply.NODE_DEEDS) return address(0);
        uint256 firstId = _batchStarts.findLastSet(tokenId);
        if (firstId == LibBitmap.NOT_FOUND) return address(0);
        Batch memory batch = _batches[firstId];
        return tokenId < firstId + batch.count ? batch.buyer : address(0);
    }
}
