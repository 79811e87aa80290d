// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";

import {IAvailabilityRewards} from "../../contracts/interfaces/IAvailabilityRewards.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";

/// @title Receiver
/// @notice A contract operator that accepts deeds.
contract Receiver is IERC721Receiver {
    uint256 public received;

    function onERC721Received(address, address, uint256, bytes calldata) external virtual returns (bytes4) {
        ++received;
        return this.onERC721Received.selector;
    }
}

/// @title ReentrantReceiver
/// @notice A contract operator that claims twice, and passes the deed on, while it is being given to it.
contract ReentrantReceiver is Receiver {
    IAvailabilityRewards private immutable _REWARDS;
    IERC721 private immutable _DEEDS;
    DeedId private immutable _DEED;
    uint64 private immutable _EPOCH;
    uint256 private immutable _CUMULATIVE;
    address private immutable _NEXT;

    bool public claimed;
    bool public secondClaimRefused;

    constructor(
        IAvailabilityRewards rewards,
        IERC721 deeds,
        DeedId deed,
        uint64 epoch,
        uint256 cumulative,
        address next
    ) {
        _REWARDS = rewards;
        _DEEDS = deeds;
        _DEED = deed;
        _EPOCH = epoch;
        _CUMULATIVE = cumulative;
        _NEXT = next;
    }

    function onERC721Received(address, address, uint256 tokenId, bytes calldata) external override returns (bytes4) {
        claimed = _REWARDS.claim(_DEED, _EPOCH, _CUMULATIVE, new bytes32[](0)) != 0;
        try _REWARDS.claim(_DEED, _EPOCH, _CUMULATIVE, new bytes32[](0)) {
            secondClaimRefused = false;
        } catch {
            secondClaimRefused = true;
        }
        _DEEDS.transferFrom(address(this), _NEXT, tokenId);
        return this.onERC721Received.selector;
    }
}
