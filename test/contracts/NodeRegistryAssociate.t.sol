// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {DeedId, DeedIdLib} from "../../contracts/types/DeedId.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// NodeRegistry.associate and associateMany
// ├── given an approved owner with deeds of every class
// │   ├── when the node consents: both directions, the time and the first epoch are recorded
// │   ├── when the caller does not own the deed, or it does not exist, or its class does not: refused
// │   ├── when the node serves a deed already: refused, its own deed included
// │   ├── when the deed was associated less than the delay ago: refused, also after dissociation; later accepted
// │   ├── when the deed or the owner is banned, or the approval lapsed: refused
// │   └── when many: all or none; none at all is refused
// └── given a pause: refused
contract NodeRegistryAssociateTest is ProtocolFixture {
    address private owner;
    DeedId private deed;
    uint256 private nodeKey = _key("node", 0);
    address private node = vm.addr(nodeKey);

    function setUp() public override {
        super.setUp();
        owner = _operator("owner", 0);
        _buy(owner, 10);
        deed = _nd(5);
    }

    function test_RecordsTheAssociation() public {
        vm.warp(GENESIS + 3 * EPOCH + 5);
        vm.expectEmit(address(nodes));
        emit INodeRegistry.NodeAssociated(deed, node, owner, 3);
        _associate(deed, nodeKey);
        vm.assertEq(nodes.nodeOf(deed), node, "node of deed");
        vm.assertEq(DeedId.unwrap(nodes.deedOf(node)), DeedId.unwrap(deed), "deed of node");
        vm.assertEq(nodes.associatedAt(deed), _now(), "since");
        vm.assertTrue(nodes.isActive(node), "active");
        vm.assertEq(nodes.operatorOf(node), owner, "operator");
        IDeed.Record memory record = nodeDeed.recordOf(5);
        vm.assertTrue(record.associatedBefore, "before");
        vm.assertEq(record.firstEpoch, 3, "first epoch");
    }

    function test_DeedsOfEveryClassAssociate() public {
        DeedId master = _issueMaster(owner, 1);
        DeedId genesis = _issueGenesis(owner);
        _associate(deed, nodeKey);
        _associate(master, _key("node", 1));
        _associate(genesis, _key("node", 2));
        vm.assertEq(nodes.collectionOf(deed), address(nodeDeed), "ND");
        vm.assertEq(nodes.collectionOf(master), address(masterDeed), "MND");
        vm.assertEq(nodes.collectionOf(genesis), address(genesisDeed), "GND");
        vm.assertEq(nodes.nodeOf(genesis), vm.addr(_key("node", 2)), "GND's node");
    }

    function test_TheFirstEpochStays() public {
        _associate(deed, nodeKey);
        vm.warp(_now() + 5 * EPOCH);
        _associate(deed, _key("node", 1));
        vm.assertEq(nodeDeed.recordOf(5).firstEpoch, 0, "first epoch");
        vm.assertEq(nodes.associatedAt(deed), _now(), "but a new time");
        vm.assertEq(DeedId.unwrap(nodes.deedOf(node)), 0, "the node before is free");
        vm.assertFalse(nodes.isActive(node), "and not active");
    }

    function test_RefusesACallerThatDoesNotOwnTheDeed() public {
        address other = _operator("other", 0);
        uint256 deadline = _now();
        bytes memory consent = _consent(nodeKey, deed, other, deadline);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_NotOwner.selector, deed, other));
        vm.prank(other);
        nodes.associate(deed, node, deadline, consent);
        vm.assertFalse(nodeDeed.recordOf(5).associatedBefore, "nothing changed");
    }

    function test_RefusesADeedThatDoesNotExist() public {
        deed = _nd(11);
        _refuses(
            _consent(nodeKey, deed, owner, _now()),
            abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 11)
        );
    }

    function test_RefusesAClassThatDoesNotExist() public {
        uint256[3] memory raw = [uint256(0), 5, (4 << 248) | 1];
        for (uint256 i = 0; i < 3; ++i) {
            deed = DeedId.wrap(raw[i]);
            _refuses(
                _consent(nodeKey, deed, owner, _now()),
                abi.encodeWithSelector(DeedIdLib.DeedId_Invalid.selector, raw[i])
            );
        }
    }

    function test_MustHold7_ANodeServesOneDeed() public {
        _associate(deed, nodeKey);
        bytes memory taken = abi.encodeWithSelector(INodeRegistry.NodeRegistry_NodeTaken.selector, node, deed);
        deed = _nd(6);
        _refuses(_consent(nodeKey, deed, owner, _now()), taken);
        vm.warp(_now() + DELAY);
        deed = _nd(5);
        _refuses(_consent(nodeKey, deed, owner, _now()), taken);
    }

    function testFuzz_ReassociationWaitsForTheDelay(uint256 early, bool dissociated) public {
        early = _between(early, 1, DELAY);
        uint256 allowed = _now() + DELAY;
        _associate(deed, nodeKey);
        if (dissociated) {
            vm.prank(owner);
            nodes.dissociate(deed);
        }
        nodeKey = _key("node", 1);
        node = vm.addr(nodeKey);
        vm.warp(allowed - early);
        _refuses(
            _consent(nodeKey, deed, owner, _now()),
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_TooSoon.selector, deed, allowed)
        );
        vm.warp(allowed);
        _associate(deed, nodeKey);
        vm.assertEq(nodes.nodeOf(deed), node, "the new node");
    }

    function test_TheDelayTravelsWithASoldDeed() public {
        address buyer = _operator("buyer", 0);
        _associate(deed, nodeKey);
        vm.prank(owner);
        nodeDeed.transferFrom(owner, buyer, 5);
        uint256 deadline = _now();
        bytes memory consent = _consent(nodeKey, deed, buyer, deadline);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_TooSoon.selector, deed, deadline + DELAY));
        vm.prank(buyer);
        nodes.associate(deed, node, deadline, consent);
    }

    function test_RefusesABannedDeedOrOwner() public {
        _banDeed(deed);
        _refuses(_consent(nodeKey, deed, owner, _now()), abi.encodeWithSelector(IDeed.Deed_Banned.selector, 5));
        _ban(owner);
        deed = _nd(6);
        _refuses(_consent(nodeKey, deed, owner, _now()), _notApproved());
    }

    function test_RefusesALapsedApproval() public {
        uint48 until = operators.operatorOf(owner).approvedUntil;
        vm.warp(until);
        _refuses(_consent(nodeKey, deed, owner, _now()), _notApproved());
        vm.warp(until - 1);
        _associate(deed, nodeKey);
    }

    function test_RefusesWhilePaused() public {
        vm.prank(guardian);
        nodes.pause();
        bytes memory paused = abi.encodePacked(Pausable.EnforcedPause.selector);
        _refuses(_consent(nodeKey, deed, owner, _now()), paused);
        vm.expectRevert(paused);
        nodes.associateMany(new INodeRegistry.AssociationRequest[](1));
        nodes.unpause();
        _associate(deed, nodeKey);
    }

    function test_MustHold7_ManyAssociateTogetherOrNotAtAll() public {
        INodeRegistry.AssociationRequest[] memory requests = new INodeRegistry.AssociationRequest[](4);
        for (uint256 i = 0; i < 4; ++i) requests[i] = _request(i, _nd(i + 1));
        bytes memory fine = requests[3].signature;
        requests[3].signature = requests[2].signature;
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_WrongNodeSignature.selector, requests[3].node)
        );
        vm.prank(owner);
        nodes.associateMany(requests);
        for (uint256 i = 1; i < 5; ++i) vm.assertEq(nodes.nodeOf(_nd(i)), address(0), "none");

        requests[3].signature = fine;
        vm.prank(owner);
        nodes.associateMany(requests);
        for (uint256 i = 0; i < 4; ++i) vm.assertEq(nodes.nodeOf(_nd(i + 1)), requests[i].node, "all");
    }

    function test_RefusesToAssociateNothing() public {
        vm.expectRevert(INodeRegistry.NodeRegistry_NothingToAssociate.selector);
        vm.prank(owner);
        nodes.associateMany(new INodeRegistry.AssociationRequest[](0));
    }

    function _request(uint256 i, DeedId which) private view returns (INodeRegistry.AssociationRequest memory) {
        uint256 key = _key("many", i);
        return INodeRegistry.AssociationRequest(which, vm.addr(key), _now(), _consent(key, which, owner, _now()));
    }

    function _refuses(bytes memory consent, bytes memory why) private {
        uint256 deadline = _now();
        address before = nodes.nodeOf(deed);
        vm.expectRevert(why);
        vm.prank(owner);
        nodes.associate(deed, node, deadline, consent);
        vm.assertEq(nodes.nodeOf(deed), before, "nothing changed");
    }

    function _notApproved() private view returns (bytes memory) {
        return abi.encodeWithSelector(INodeRegistry.NodeRegistry_OperatorNotApproved.selector, owner);
    }
}
