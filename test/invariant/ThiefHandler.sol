// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFeedReader} from "../../contracts/interfaces/IFeedReader.sol";
import {IOperatorRegistry} from "../../contracts/interfaces/IOperatorRegistry.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {PowerHandler} from "./PowerHandler.sol";

/// @title ThiefHandler
/// @notice Outsiders, and insiders who want more than their role gives them. Each of these has to be refused.
abstract contract ThiefHandler is PowerHandler {
    uint256 private constant KINDS_OF_THEFT = 18;

    // ---------------------------------------------------------------- actions

    /// @notice Somebody without the role calls a restricted function, or governance does without its delay.
    function trespass(uint256 which, uint256 who) external acts {
        Door memory door = doors[which % doors.length];
        address caller = _privileged(who);
        if (door.role != 0 && isMember[door.role][caller]) return;
        bytes memory call = _argumentsFor(door.selector);
        vm.prank(caller);
        (bool ok, ) = door.target.call(call);
        _must(!ok, "a restricted function for somebody without its role");
        ++done["trespass"];
    }

    /// @notice The same with the manager's own functions.
    function usurp(uint256 which, uint256 who) external acts {
        address caller = _privileged(who);
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = ledger.pause.selector;
        bytes[6] memory calls = [
            abi.encodeCall(manager.grantRole, (0, caller, 0)),
            abi.encodeCall(manager.setTargetFunctionRole, (address(ledger), selectors, type(uint64).max)),
            abi.encodeCall(manager.setTargetClosed, (address(escrow), true)),
            abi.encodeCall(manager.updateAuthority, (address(escrow), caller)),
            abi.encodeCall(manager.setRoleAdmin, (GUARDIAN, COMPLIANCE)),
            abi.encodeCall(manager.setGrantDelay, (GUARDIAN, 0))
        ];
        vm.prank(caller);
        (bool ok, ) = address(manager).call(calls[which % 6]);
        _must(!ok, "the manager obeyed a usurper");
        vm.prank(caller);
        (ok, ) = address(escrow).call(abi.encodeCall(ledger.setAuthority, (caller)));
        _must(!ok, "a contract took another authority");
        ++done["usurp"];
    }

    /// @notice Somebody without any right to it reaches for the R1, the deed, the node or the job of another.
    function steal(uint256 what, uint256 victim, uint256 who) external acts {
        DeedId deed = _deed(victim);
        address caller = _privileged(who);
        (address target, bytes memory call) = _theft(what % KINDS_OF_THEFT, deed, caller);
        vm.prank(caller);
        (bool ok, ) = target.call(call);
        _must(!ok, string(abi.encodePacked("theft number ", bytes1(uint8(65 + (what % KINDS_OF_THEFT))))));
        ++done["steal"];
    }

    /// @notice A delegate with all rights but one tries that one.
    function exceed(uint256 job, uint256 what, uint8 rights) external acts {
        uint256 jobId = _any(job);
        address owner = escrow.jobOf(jobId).owner;
        uint8 right = uint8(1 << (what % 4));
        address helper = vm.addr(_key("helper", 0));
        vm.prank(owner);
        escrow.offerDelegation(helper, rights & ~right);
        vm.startPrank(helper);
        escrow.acceptDelegation(owner, rights & ~right);
        bytes[4] memory calls = [
            abi.encodeCall(escrow.extend, (jobId, 1)),
            abi.encodeCall(escrow.scaleDown, (jobId, 1, _noIds())),
            abi.encodeCall(escrow.close, (jobId)),
            abi.encodeCall(escrow.changeSpec, (jobId, SPEC))
        ];
        (bool ok, ) = address(escrow).call(calls[what % 4]);
        (bool took, ) = address(escrow).call(abi.encodeCall(escrow.acceptDelegation, (owner, rights | right)));
        vm.stopPrank();
        _must(!ok && !took, "a delegate did more than he was allowed to");
        ++done["exceed"];
    }

    // ---------------------------------------------------------------- inside

    /// @dev Those who own nothing: an outsider, and everybody with a role.
    function _privileged(uint256 who) private view returns (address) {
        address[6] memory callers = [thief, guardian, compliance, treasurer, governor, deputy];
        return callers[who % 6];
    }

    /// @dev The restricted functions with several arguments; pauses take none, and the rest takes an address.
    function _argumentsFor(bytes4 selector) private view returns (bytes memory) {
        uint48 until = uint48(_now() + 1 days);
        bytes[9] memory calls = [
            abi.encodeCall(sale.configureFeed, (IFeedReader.FeedConfig(feed, 123, 1, 2))),
            abi.encodeCall(catalog.setClass, (1, "MICRO", catalog.classOf(LOW1))),
            abi.encodeCall(operators.approve, (thief, until, IOperatorRegistry.Verification.Person)),
            abi.encodeCall(operators.ban, (actors[0], "why")),
            abi.encodeCall(nodeDeed.ban, (1, "why")),
            abi.encodeCall(nodeDeed.unban, (1)),
            abi.encodeCall(masterDeed.issue, (actors[0], 1)),
            abi.encodeCall(milestonePool.release, (thief, 1, "mine")),
            abi.encodeCall(milestonePool.reachMilestone, ("done"))
        ];
        for (uint256 i = 0; i < calls.length; ++i) if (bytes4(calls[i]) == selector) return calls[i];
        return abi.encodeWithSelector(selector, oracleKeys.length == 0 ? actors[0] : _oracle(0));
    }

    function _theft(uint256 what, DeedId deed, address caller) private view returns (address, bytes memory) {
        if (what < 4) return (address(r1), _r1Theft(what, deed, caller));
        if (what < 9) return (address(_collection(deed)), _deedTheft(what - 4, deed, caller));
        if (what < 12) return (address(nodes), _nodeTheft(what - 9, deed, caller));
        if (what == 12) return (address(oracleRegistry), abi.encodeCall(oracleRegistry.ejectSigners, (1, 15)));
        return (address(escrow), _jobTheft(what - 13, deed.tokenId()));
    }

    function _r1Theft(uint256 what, DeedId deed, address caller) private view returns (bytes memory) {
        bytes[4] memory calls = [
            abi.encodeCall(r1.mint, (caller, 1)),
            abi.encodeCall(r1.transferFrom, (address(escrow), caller, 1)),
            abi.encodeCall(r1.transferFrom, (expectedOwner[deed], caller, 1)),
            abi.encodeCall(r1.burnFrom, (address(pools[deed.tokenId() % 5]), 1))
        ];
        return calls[what];
    }

    function _deedTheft(uint256 what, DeedId deed, address caller) private view returns (bytes memory) {
        uint256 id = deed.tokenId();
        bytes[5] memory calls = [
            abi.encodeCall(nodeDeed.transferFrom, (expectedOwner[deed], caller, id)),
            abi.encodeCall(nodeDeed.approve, (caller, id)),
            abi.encodeCall(nodeDeed.issue, (actors[0], 1)),
            abi.encodeCall(nodeDeed.recordAssociation, (id, 0)),
            abi.encodeCall(nodeDeed.recordClaim, (id, 255, 0))
        ];
        return calls[what];
    }

    function _nodeTheft(uint256 what, DeedId deed, address caller) private view returns (bytes memory) {
        bytes[3] memory calls = [
            abi.encodeCall(nodes.onDeedTransfer, (deed.tokenId())),
            abi.encodeCall(nodes.dissociate, (deed)),
            _abduction(deed, caller)
        ];
        return calls[what];
    }

    function _jobTheft(uint256 what, uint256 job) private view returns (bytes memory) {
        uint256 jobId = _any(job);
        bytes[5] memory calls = [
            abi.encodeCall(escrow.close, (jobId)),
            abi.encodeCall(escrow.scaleDown, (jobId, 1, _noIds())),
            abi.encodeCall(escrow.changeSpec, (jobId, SPEC)),
            abi.encodeCall(escrow.scaleUp, (jobId, 1)),
            abi.encodeCall(escrow.extend, (jobId, 1))
        ];
        return calls[what];
    }

    /// @dev The deed of another for a node of one's own, which consents.
    function _abduction(DeedId deed, address caller) private view returns (bytes memory) {
        uint256 key = _key("node of a thief", 0);
        bytes memory consent = _consent(key, deed, caller, _now());
        return abi.encodeCall(nodes.associate, (deed, vm.addr(key), _now(), consent));
    }
}
