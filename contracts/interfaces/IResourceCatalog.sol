// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFeedReader} from "./IFeedReader.sol";

/// @title IResourceCatalog
/// @notice What a job may ask of a node, and what that costs: classes of CPU, memory and disk, and GPU add-ons to them, each at
/// a price in US dollars per epoch and node.
/// @dev Guarantee. A class changes for new jobs only: a job's rate is fixed when it is created.
interface IResourceCatalog is IFeedReader {
    /// @param price US dollars per epoch and node, with 8 decimals.
    /// @param milliCpu Thousandths of a core. @param memoryMiB Mebibytes. @param diskMiB Mebibytes.
    /// @param isGpu An add-on to another class, and no class by itself.
    /// @param isOffered Whether new jobs may ask for it.
    struct ResourceClass {
        uint64 price;
        uint32 milliCpu;
        uint32 memoryMiB;
        uint32 diskMiB;
        bool isGpu;
        bool isOffered;
    }

    /// @notice A line of the price list.
    struct Listing {
        uint16 id;
        string name;
        ResourceClass class;
    }

    event ClassSet(uint16 indexed id, string name, ResourceClass terms);

    error ResourceCatalog_ZeroId();
    error ResourceCatalog_ZeroPrice(uint16 id);
    error ResourceCatalog_NoName(uint16 id);
    /// @notice There is no such class, or it is not offered any more.
    error ResourceCatalog_NotOffered(uint16 id);
    /// @notice A GPU add-on was named as a class, or a class as an add-on.
    error ResourceCatalog_WrongKind(uint16 id);

    /// @notice Adds a class or changes one. Governance only.
    /// @param id Not zero: zero stands for "no add-on".
    /// @param name As in the price list, for people.
    function setClass(uint16 id, string calldata name, ResourceClass calldata terms) external;

    /// @notice All zero for an id without a class.
    function classOf(uint16 id) external view returns (ResourceClass memory);

    /// @notice Wei of R1 per epoch and node at the feed's price now, rounded up.
    /// @param gpu An add-on, or zero.
    function rateOf(uint16 id, uint16 gpu) external view returns (uint256);
}
