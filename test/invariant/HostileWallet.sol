// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";

/// @title HostileWallet
/// @notice A contract that owns deeds and jobs and does its worst with every call it gets: it refuses, burns all gas, answers
/// nonsense, or does what it was told to do from inside the call. Asked for a signature (ERC-1271), it behaves in the same way.
contract HostileWallet is IERC721Receiver {
    enum Mood {
        Accept,
        Reenter,
        Refuse,
        BurnGas,
        Nonsense
    }

    Mood public mood;
    /// @notice Planned calls that succeeded.
    uint256 public succeeded;

    address[] private _targets;
    bytes[] private _calls;

    /// @dev Whatever calls a wallet without being asked to, fails: payments must not depend on their receiver.
    fallback() external {
        _burnGas();
    }

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function plan(address target, bytes calldata data) external {
        _targets.push(target);
        _calls.push(data);
    }

    function forget() external {
        delete _targets;
        delete _calls;
        succeeded = 0;
    }

    function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4) {
        return _behave() ? this.onERC721Received.selector : bytes4(0xdeadbeef);
    }

    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        return _behave() ? this.isValidSignature.selector : bytes4(0xdeadbeef);
    }

    function _behave() private returns (bool) {
        // solhint-disable-next-line gas-custom-errors
        if (mood == Mood.Refuse) revert("I refuse");
        if (mood == Mood.BurnGas) _burnGas();
        if (mood == Mood.Reenter) _reenter();
        return mood != Mood.Nonsense;
    }

    function _reenter() private {
        for (uint256 i = 0; i < _targets.length; ++i) {
            (bool ok, ) = _targets[i].call(_calls[i]);
            if (ok) ++succeeded;
        }
    }

    function _burnGas() private pure {
        assembly ("memory-safe") {
            invalid()
        }
    }
}
