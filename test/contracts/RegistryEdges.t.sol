// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

import {INodeDeedSale} from "../../contracts/interfaces/INodeDeedSale.sol";
import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {IOperatorRegistry} from "../../contracts/interfaces/IOperatorRegistry.sol";
import {IOracleRegistry} from "../../contracts/interfaces/IOracleRegistry.sol";
import {IResourceCatalog} from "../../contracts/interfaces/IResourceCatalog.sol";
import {CompactSignature} from "../../contracts/types/EpochReport.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {TreasuryPool} from "../../contracts/treasury/TreasuryPool.sol";
import {JobFixture} from "../helpers/JobFixture.sol";
import {Vm} from "../helpers/Vm.sol";

// What registries take, refuse and tell at their edges
// ├── operators: an approval that ends now is over
// ├── nodes: many associate for approved operators only; nobody is told of a node that was not there; on a young chain too
// ├── deeds: told whose a new one is, and who bought it; a hundred at once
// ├── oracles: told who came, and why who left; the set changes when somebody leaves, and then only
// ├── catalog: told what a class is
// └── pools: what was released adds up
contract RegistryEdgesTest is JobFixture {
    address private alice;

    function setUp() public override {
        super.setUp();
        alice = _operator("alice", 0);
    }

    // ---------------------------------------------------------------- operators

    function test_AnApprovalThatEndsNowIsOver() public {
        uint48 time = uint48(_now());
        vm.prank(compliance);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.OperatorRegistry_ExpiryInPast.selector, time, time));
        operators.approve(alice, time, IOperatorRegistry.Verification.Person);
    }

    // ---------------------------------------------------------------- nodes

    function test_ManyAssociateForApprovedOperatorsOnly() public {
        INodeRegistry.AssociationRequest[] memory requests = new INodeRegistry.AssociationRequest[](1);
        requests[0].deed = _nd(_buy(alice, 1));
        requests[0].node = vm.addr(_key("node", 0));
        requests[0].deadline = _now();
        requests[0].signature = _consent(_key("node", 0), requests[0].deed, alice, _now());
        vm.prank(compliance);
        operators.revoke(alice);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_OperatorNotApproved.selector, alice));
        nodes.associateMany(requests);
        _approve(alice);
        vm.prank(alice);
        nodes.associateMany(requests);
        vm.assertEq(nodes.nodeOf(requests[0].deed), requests[0].node, "approved again");
    }

    function test_AConsentEndsBeforeTheDelay() public {
        DeedId deed = _nd(_buy(alice, 1));
        uint256 deadline = _now() + DELAY;
        address node = vm.addr(_key("node", 0));
        bytes memory consent = _consent(_key("node", 0), deed, alice, deadline);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_DeadlineTooFar.selector, deadline, deadline));
        nodes.associate(deed, node, deadline, consent);
    }

    function test_NobodyIsToldOfANodeThatWasNotThere() public {
        DeedId deed = _nd(_buy(alice, 1));
        vm.recordLogs();
        _associate(deed, _key("node", 0));
        vm.assertEq(vm.getRecordedLogs().length, 1, "associated, and nothing dissociated");
        vm.prank(alice);
        nodes.dissociate(deed);
        address bob = _operator("bob", 0);
        vm.recordLogs();
        vm.prank(alice);
        nodeDeed.transferFrom(alice, bob, deed.tokenId());
        vm.assertEq(vm.getRecordedLogs().length, 1, "transferred, and nothing dissociated");
    }

    function test_ADeedNeedNotWaitOnAYoungChain() public {
        DeedId deed = _nd(_buy(alice, 1));
        vm.warp(DELAY - 1);
        address node = _associate(deed, _key("node", 0));
        vm.assertEq(nodes.nodeOf(deed), node, "it was never associated before");
    }

    // ---------------------------------------------------------------- deeds

    function test_TellsWhoseASoulboundDeedIs() public {
        uint256 next = masterDeed.totalSupply() + 1;
        vm.expectEmit(address(masterDeed));
        emit IERC721.Transfer(address(0), alice, next);
        _issueMaster(alice, 1 ether);
        vm.expectEmit(address(genesisDeed));
        emit IERC721.Transfer(address(0), alice, 1);
        _issueGenesis(alice);
    }

    function test_TellsWhoBoughtADeedForWhom() public {
        address bob = _operator("bob", 0);
        feed.updateAnswer(1e8);
        uint256 firstId = nodeDeed.totalSupply() + 1;
        _fund(bob, 500 ether);
        vm.startPrank(bob);
        r1.approve(address(sale), 500 ether);
        vm.expectEmit(address(sale));
        emit INodeDeedSale.NodeDeedsSold(bob, alice, firstId, 1, 500, 500 ether, 100 ether);
        sale.buy(1, 500 ether, _now(), alice);
        vm.stopPrank();
    }

    function test_SellsAsManyAtOnceAsItSays() public {
        feed.updateAnswer(1e8);
        uint256 most = sale.MAX_COUNT();
        (uint256 dollars, ) = sale.quote(most);
        vm.assertEq(dollars, 89 * 500 + 11 * 750, "a hundred");
        vm.expectRevert(abi.encodeWithSelector(INodeDeedSale.NodeDeedSale_TooMany.selector, most + 1, most));
        sale.quote(most + 1);
    }

    // ---------------------------------------------------------------- oracles

    function test_TellsWhichOracleCameForWhom() public {
        uint32 version = _setVersion();
        DeedId deed = _issueMaster(alice, 1 ether);
        address node = _associate(deed, _key("alice's node", 0));
        vm.recordLogs();
        oracleRegistry.addOracle(node);
        Vm.Log memory log = _onlyLog(IOracleRegistry.OracleAdded.selector);
        _requireParties(log, node, alice);
        vm.assertEq(abi.decode(log.data, (address)), oracleRegistry.setOf(version + 1), "the new set");
    }

    function test_TellsWhyAnOracleLeft() public {
        uint32 version = _setVersion();
        address first = vm.addr(oracleKeys[0]);
        address owner = oracleRegistry.ownerOf(first);
        vm.recordLogs();
        oracleRegistry.removeOracle(first);
        _requireLeft(first, owner, IOracleRegistry.Removal.Governance, version + 1);
        address second = vm.addr(oracleKeys[1]);
        owner = oracleRegistry.ownerOf(second);
        _ban(owner);
        vm.recordLogs();
        oracleRegistry.eject(second);
        _requireLeft(second, owner, IOracleRegistry.Removal.Lapsed, version + 2);
    }

    function test_TheSetChangesWhenASignerIsLeft_andThenOnly() public {
        uint32 version = _setVersion();
        address last = vm.addr(oracleKeys[2]);
        oracleRegistry.removeOracle(vm.addr(oracleKeys[0]));
        oracleRegistry.removeOracle(vm.addr(oracleKeys[1]));
        vm.prank(address(ledger));
        oracleRegistry.ejectSigners(version, 7);
        vm.assertFalse(oracleRegistry.isOracle(last), "the one that was left is ejected");
        vm.assertEq(oracleRegistry.oracles().length, 1, "the fourth did not sign");
        address before = oracleRegistry.setOf(version + 3);
        vm.assertTrue(before != address(0), "three changes");
        vm.prank(address(ledger));
        oracleRegistry.ejectSigners(version, 7);
        vm.assertEq(oracleRegistry.setOf(version + 4), address(0), "and not a fourth for nobody");
    }

    // ---------------------------------------------------------------- catalog and pools

    function test_TellsWhatAClassIs() public {
        IResourceCatalog.ResourceClass memory terms = IResourceCatalog.ResourceClass(1e8, 1, 2, 3, false, true);
        vm.expectEmit(address(catalog));
        emit IResourceCatalog.ClassSet(9, "NEW", terms);
        catalog.setClass(9, "NEW", terms);
    }

    function test_WhatWasReleasedAddsUp() public {
        TreasuryPool pool = _newPool("grants", GENESIS, new uint16[](0));
        _fund(address(pool), 100);
        pool.release(alice, 30, "one");
        pool.release(alice, 20, "two");
        vm.assertEq(pool.released(), 50, "both");
        vm.assertEq(pool.releasable(), 50, "the rest");
    }

    /// @dev Of the four oracles' set.
    function _setVersion() private view returns (uint32 version) {
        bytes32 digest = keccak256("anything");
        CompactSignature[] memory signed = new CompactSignature[](oracleRegistry.quorum());
        for (uint256 i = 0; i < signed.length; ++i) signed[i] = _compact(oracleKeys[i], digest);
        (, , version) = oracleRegistry.verify(digest, signed);
    }

    function _onlyLog(bytes32 topic) private returns (Vm.Log memory) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 1, "one event");
        vm.assertEq(logs[0].topics[0], topic, "this one");
        return logs[0];
    }

    function _requireParties(Vm.Log memory log, address oracle, address owner) private pure {
        vm.assertEq(address(uint160(uint256(log.topics[1]))), oracle, "the oracle");
        vm.assertEq(address(uint160(uint256(log.topics[2]))), owner, "its owner");
    }

    function _requireLeft(address oracle, address owner, IOracleRegistry.Removal why, uint32 version) private {
        Vm.Log memory log = _onlyLog(IOracleRegistry.OracleRemoved.selector);
        _requireParties(log, oracle, owner);
        (IOracleRegistry.Removal reason, address pointer) = abi.decode(log.data, (IOracleRegistry.Removal, address));
        vm.assertEq(uint256(reason), uint256(why), "why");
        vm.assertEq(pointer, oracleRegistry.setOf(version), "the new set");
    }
}
