// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {IERC5192} from "../../contracts/interfaces/IERC5192.sol";
import {IGenesisNodeDeed} from "../../contracts/interfaces/IGenesisNodeDeed.sol";
import {IMasterNodeDeed} from "../../contracts/interfaces/IMasterNodeDeed.sol";
import {Supply} from "../../contracts/libraries/Supply.sol";
import {DeedId, DeedKind} from "../../contracts/types/DeedId.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// The three classes: what each is, and what they share
// ├── interfaces: ERC-165, 721, 721 metadata, 4906; 5192 for the soulbound ones only
// ├── Master: at most 500, 2 % each, 26.1 % in all; soulbound; locked
// ├── Genesis: one, once; soulbound; locked
// ├── bans: with a reason, once; lifted; a deed that does not exist is refused
// ├── recordAssociation, recordClaim: from the registry and the rewards only
// └── ERC-4906: a claim tells that the picture changed
contract DeedClassesTest is ProtocolFixture {
    address private owner;

    function setUp() public override {
        super.setUp();
        owner = _operator("owner", 0);
    }

    function test_ClassesSayWhatTheyAre() public view {
        vm.assertEq(uint256(nodeDeed.KIND()), uint256(DeedKind.Node), "ND");
        vm.assertEq(uint256(masterDeed.KIND()), uint256(DeedKind.Master), "MND");
        vm.assertEq(uint256(genesisDeed.KIND()), uint256(DeedKind.Genesis), "GND");
        vm.assertEq(nodeDeed.symbol(), "ND", "symbol");
        vm.assertEq(masterDeed.symbol(), "MND", "symbol");
        vm.assertEq(genesisDeed.symbol(), "GND", "symbol");
        vm.assertEq(masterDeed.CLASS_START(), 223, "cliff");
    }

    function test_ClassesTellTheirInterfaces() public view {
        bytes4[4] memory all = [type(IERC165).interfaceId, bytes4(0x80ac58cd), 0x5b5e139f, 0x49064906];
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertTrue(nodeDeed.supportsInterface(all[i]), "ND");
            vm.assertTrue(masterDeed.supportsInterface(all[i]), "MND");
            vm.assertTrue(genesisDeed.supportsInterface(all[i]), "GND");
        }
        vm.assertEq(bytes32(type(IERC5192).interfaceId), bytes32(bytes4(0xb45a3c0e)), "ERC-5192");
        vm.assertFalse(nodeDeed.supportsInterface(0xb45a3c0e), "ND moves");
        vm.assertTrue(masterDeed.supportsInterface(0xb45a3c0e), "MND is locked");
        vm.assertTrue(genesisDeed.supportsInterface(0xb45a3c0e), "GND is locked");
        vm.assertFalse(nodeDeed.supportsInterface(0xffffffff), "never");
    }

    function testFuzz_IssuesAMasterDeed(uint256 allocation) public {
        allocation = _between(allocation, 1, Supply.MASTER_DEED_MAX_ALLOCATION);
        vm.expectEmit(address(masterDeed));
        emit IERC5192.Locked(1);
        vm.expectEmit(address(masterDeed));
        emit IMasterNodeDeed.MasterNodeDeedIssued(1, owner, allocation);
        DeedId deed = _issueMaster(owner, allocation);
        vm.assertEq(deed.tokenId(), 1, "id");
        vm.assertEq(masterDeed.ownerOf(1), owner, "owner");
        vm.assertEq(masterDeed.allocationOf(1), allocation, "allocation");
        vm.assertEq(masterDeed.totalAllocated(), allocation, "all");
        vm.assertEq(masterDeed.totalSupply(), 1, "supply");
        vm.assertTrue(masterDeed.locked(1), "locked");
    }

    function test_MustHold2_MasterAllocationsAreBounded() public {
        uint256 most = Supply.MASTER_DEED_MAX_ALLOCATION;
        vm.expectRevert(IMasterNodeDeed.MasterNodeDeed_ZeroAllocation.selector);
        masterDeed.issue(owner, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IMasterNodeDeed.MasterNodeDeed_AllocationTooLarge.selector, most + 1, most)
        );
        masterDeed.issue(owner, most + 1);
        for (uint256 i = 0; i < 13; ++i) masterDeed.issue(owner, most);
        uint256 left = (161_803_398 ether * 261) / 1000 - 13 * most;
        vm.expectRevert(
            abi.encodeWithSelector(IMasterNodeDeed.MasterNodeDeed_AllocationsExhausted.selector, left + 1, left)
        );
        masterDeed.issue(owner, left + 1);
        masterDeed.issue(owner, left);
        vm.assertEq(masterDeed.totalAllocated(), Supply.MASTER_ALLOCATION, "26.1 %");
    }

    function test_ThereAreOnly500MasterDeeds() public {
        for (uint256 i = 0; i < 500; ++i) masterDeed.issue(owner, 1);
        vm.expectRevert(abi.encodeWithSelector(IMasterNodeDeed.MasterNodeDeed_AllIssued.selector, 500));
        masterDeed.issue(owner, 1);
        vm.assertEq(masterDeed.balanceOf(owner), 500, "balance");
    }

    function test_ThereIsOneGenesisDeed() public {
        vm.assertEq(genesisDeed.totalSupply(), 0, "none");
        vm.expectEmit(address(genesisDeed));
        emit IERC5192.Locked(1);
        _issueGenesis(owner);
        vm.assertEq(genesisDeed.totalSupply(), 1, "one");
        vm.assertTrue(genesisDeed.locked(1), "locked");
        vm.expectRevert(IGenesisNodeDeed.GenesisNodeDeed_AlreadyIssued.selector);
        genesisDeed.issue(owner);
    }

    function test_RefusesToIssueToTheUnapproved() public {
        bytes memory refusal = abi.encodeWithSelector(IDeed.Deed_OperatorNotApproved.selector, address(7));
        vm.expectRevert(refusal);
        masterDeed.issue(address(7), 1);
        vm.expectRevert(refusal);
        genesisDeed.issue(address(7));
        vm.assertEq(masterDeed.totalSupply() + genesisDeed.totalSupply(), 0, "nothing issued");
        _issueGenesis(owner);
    }

    function test_SoulboundDeedsStay() public {
        _issueMaster(owner, 1);
        _issueGenesis(owner);
        address other = _operator("other", 0);
        bytes memory refusal = abi.encodeWithSelector(IDeed.Deed_Soulbound.selector, 1);
        vm.startPrank(owner);
        masterDeed.approve(other, 1);
        vm.expectRevert(refusal);
        masterDeed.transferFrom(owner, other, 1);
        vm.expectRevert(refusal);
        genesisDeed.safeTransferFrom(owner, other, 1);
        vm.stopPrank();
        vm.expectRevert(refusal);
        vm.prank(other);
        masterDeed.transferFrom(owner, other, 1);
    }

    function test_LockedAndTokenUriRefuseDeedsThatDoNotExist() public {
        bytes memory refusal = abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 1);
        vm.expectRevert(refusal);
        masterDeed.locked(1);
        vm.expectRevert(refusal);
        genesisDeed.locked(1);
        vm.expectRevert(refusal);
        nodeDeed.tokenURI(1);
    }

    function test_BansHaveAReasonAndAnEnd() public {
        _buy(owner, 3);
        vm.startPrank(compliance);
        vm.expectRevert(IDeed.Deed_NoReason.selector);
        nodeDeed.ban(2, "");
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 4));
        nodeDeed.ban(4, "why");
        vm.expectEmit(address(nodeDeed));
        emit IDeed.DeedBanned(2, "why");
        nodeDeed.ban(2, "why");
        vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_Banned.selector, 2));
        nodeDeed.ban(2, "again");
        vm.expectEmit(address(nodeDeed));
        emit IDeed.DeedUnbanned(2);
        nodeDeed.unban(2);
        vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_NotBanned.selector, 2));
        nodeDeed.unban(2);
        vm.stopPrank();
        vm.assertEq(nodeDeed.ownerOf(2), owner, "the owner stays");
    }

    function testFuzz_OnlyTheProtocolWritesRecords(address stranger) public {
        vm.assume(stranger != address(nodes) && stranger != address(rewards));
        vm.startPrank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_NotNodeRegistry.selector, stranger));
        nodeDeed.recordAssociation(1, 0);
        vm.expectRevert(abi.encodeWithSelector(IDeed.Deed_NotRewards.selector, stranger));
        nodeDeed.recordClaim(1, 1, 0);
        vm.stopPrank();
    }

    function test_AClaimTellsThatThePictureChanged() public {
        _addOracles(3);
        (, DeedId deed, ) = _operatorWithNode("alice");
        _commitLeaf(0, deed, 9);
        vm.expectEmit(address(nodeDeed));
        emit IERC4906.MetadataUpdate(deed.tokenId());
        rewards.claim(deed, 0, 9, _noProof());
    }
}
