// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

import {IDeed} from "../interfaces/IDeed.sol";
import {IGenesisNodeDeed} from "../interfaces/IGenesisNodeDeed.sol";
import {Emission} from "../libraries/Emission.sol";
import {Supply} from "../libraries/Supply.sol";
import {DeedKind} from "../types/DeedId.sol";
import {Deed} from "./Deed.sol";
import {SoulboundDeed} from "./SoulboundDeed.sol";

/// @title GenesisNodeDeed
/// @notice See `IGenesisNodeDeed`.
contract GenesisNodeDeed is SoulboundDeed, IGenesisNodeDeed {
    uint256 private constant _TOKEN_ID = 1;

    bool private _issuedOnce;

    constructor(
        uint64 classStart,
        uint64 duration,
        Wiring memory wiring
    ) ERC721("R1 Genesis Node Deed", "GND") Deed(DeedKind.Genesis, true, classStart, duration, wiring) {}

    /// @inheritdoc IGenesisNodeDeed
    function issue(address to) external restricted {
        if (_issuedOnce) revert GenesisNodeDeed_AlreadyIssued();
        _issuedOnce = true;
        _issueLocked(to, _TOKEN_ID);
    }

    /// @inheritdoc IDeed
    function allocationOf(uint256) public pure override(Deed, IDeed) returns (uint256) {
        return Supply.GENESIS_ALLOCATION;
    }

    /// @inheritdoc IDeed
    function mintedAt(uint256, uint256 cumulative) public view override(Deed, IDeed) returns (uint256) {
        return Emission.linear(Supply.GENESIS_ALLOCATION, DURATION, cumulative);
    }

    /// @inheritdoc IDeed
    function totalSupply() public view override(Deed, IDeed) returns (uint256) {
        return _issuedOnce ? 1 : 0;
    }
}
