// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IResourceCatalog} from "../interfaces/IResourceCatalog.sol";
import {FeedReader} from "../pricing/FeedReader.sol";

/// @title ResourceCatalog
/// @notice See `IResourceCatalog`.
contract ResourceCatalog is FeedReader, IResourceCatalog {
    uint256 private constant _PRICE_DECIMALS = 8;

    mapping(uint16 id => ResourceClass) private _classes;

    constructor(
        address authority,
        FeedConfig memory config,
        Listing[] memory listings
    ) AccessManaged(authority) FeedReader(config) {
        for (uint256 i = 0; i < listings.length; ++i) {
            _setClass(listings[i].id, listings[i].name, listings[i].class);
        }
    }

    /// @inheritdoc IResourceCatalog
    function setClass(uint16 id, string calldata name, ResourceClass calldata terms) external restricted {
        _setClass(id, name, terms);
    }

    /// @inheritdoc IResourceCatalog
    function classOf(uint16 id) external view returns (ResourceClass memory) {
        return _classes[id];
    }

    /// @inheritdoc IResourceCatalog
    function rateOf(uint16 id, uint16 gpu) external view returns (uint256) {
        uint256 price = _priceOf(id, false);
        if (gpu != 0) price += _priceOf(gpu, true);
        return _inR1(price, _PRICE_DECIMALS);
    }

    function _setClass(uint16 id, string memory name, ResourceClass memory class) private {
        if (id == 0) revert ResourceCatalog_ZeroId();
        if (class.price == 0) revert ResourceCatalog_ZeroPrice(id);
        if (bytes(name).length == 0) revert ResourceCatalog_NoName(id);
        _classes[id] = class;
        emit ClassSet(id, name, class);
    }

    function _priceOf(uint16 id, bool isGpu) private view returns (uint256) {
        ResourceClass memory class = _classes[id];
        if (!class.isOffered) revert ResourceCatalog_NotOffered(id);
        if (class.isGpu != isGpu) revert ResourceCatalog_WrongKind(id);
        return class.price;
    }
}
