// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {IEpochLedger} from "../../contracts/interfaces/IEpochLedger.sol";
import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {IOracleRegistry} from "../../contracts/interfaces/IOracleRegistry.sol";
import {IR1} from "../../contracts/interfaces/IR1.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {TestBase} from "../helpers/TestBase.sol";
import {OracleHandler} from "./OracleHandler.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";

/// @title ProtocolInvariantsTest
/// @notice The invariants of test/invariant/README.md, by their numbers.
contract ProtocolInvariantsTest is TestBase {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    ProtocolHandler private handler;
    IR1 private r1;
    IEpochLedger private ledger;
    INodeRegistry private nodes;
    IOracleRegistry private oracles;
    IDeed private nodeDeed;

    function setUp() public {
        handler = new ProtocolHandler();
        handler.setUp();
        address[9] memory parts = handler.parts();
        r1 = IR1(parts[0]);
        ledger = IEpochLedger(parts[1]);
        nodes = INodeRegistry(parts[2]);
        nodeDeed = IDeed(parts[3]);
        oracles = IOracleRegistry(parts[6]);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), _actions());
    }

    function invariant_MustHold1_MintedIsWithinTheCapAndBurnedNeverComesBack() external view {
        vm.assertLe(r1.totalMinted(), 161_803_398 ether, "cap");
        vm.assertEq(r1.totalMinted(), handler.mintedByClaims(), "claims alone mint, and it never falls");
        uint256 burned = handler.burnedBySale() + handler.burnedByHolders();
        vm.assertEq(r1.totalBurned(), burned, "burned");
        vm.assertEq(r1.totalSupply(), r1.totalMinted() - burned, "supply");
    }

    function invariant_MustHold2and3_MintedIsTheCurveOfWhatWasClaimed() external view {
        DeedId[] memory deeds = handler.allDeeds();
        uint256 sum = 0;
        for (uint256 i = 0; i < deeds.length; ++i) {
            (IDeed collection, uint256 id) = _where(deeds[i]);
            uint256 minted = collection.mintedAt(id, collection.recordOf(id).claimed);
            vm.assertLe(minted, collection.allocationOf(id), "within the allocation");
            sum += minted;
        }
        vm.assertEq(sum, r1.totalMinted(), "however it was split");
    }

    function invariant_MustHold4_NoDeedClaimedAboveItsBound() external view {
        (, uint64 latest, ) = ledger.latest();
        DeedId[] memory deeds = handler.allDeeds();
        for (uint256 i = 0; i < deeds.length; ++i) {
            (IDeed collection, uint256 id) = _where(deeds[i]);
            vm.assertLe(collection.recordOf(id).claimed, collection.boundOf(id, latest), "bound");
        }
    }

    function invariant_MustHold6_PaymentsAndDeedsAddUp() external view {
        vm.assertEq(handler.paidToPools() + handler.burnedBySale(), handler.paid(), "parts of the payments");
        // Prices are whole dollars at one dollar for one R1, so nothing is lost in rounding.
        vm.assertEq(handler.burnedBySale(), handler.paid() / 5, "a fifth is burned");
        address[] memory actors = handler.allActors();
        uint256 held = 0;
        for (uint256 i = 0; i < actors.length; ++i) held += nodeDeed.balanceOf(actors[i]);
        vm.assertEq(held, nodeDeed.totalSupply(), "every deed has an owner");
        vm.assertLe(nodeDeed.totalSupply(), 46_224, "in all");
    }

    function invariant_MustHold7_NodesAndDeedsAreOneToOne() external view {
        address[] memory list = handler.allNodes();
        for (uint256 i = 0; i < list.length; ++i) {
            DeedId deed = nodes.deedOf(list[i]);
            if (!deed.isNone()) vm.assertEq(nodes.nodeOf(deed), list[i], "the node's deed has the node");
        }
        DeedId[] memory deeds = handler.allDeeds();
        for (uint256 i = 0; i < deeds.length; ++i) {
            address node = nodes.nodeOf(deeds[i]);
            if (node == address(0)) continue;
            vm.assertTrue(nodes.deedOf(node).equals(deeds[i]), "the deed's node has the deed");
        }
    }

    function invariant_MustHold8_NoTwoOraclesShareAnOwner() external view {
        address[] memory set = oracles.oracles();
        for (uint256 i = 0; i < set.length; ++i) {
            vm.assertTrue(oracles.isOracle(set[i]), "a member");
            for (uint256 k = 0; k < i; ++k) {
                vm.assertTrue(set[k] < set[i], "ascending");
                vm.assertTrue(oracles.ownerOf(set[k]) != oracles.ownerOf(set[i]), "owners differ");
            }
        }
    }

    function invariant_MustHold9_ActiveRootsNeverChange() external view {
        uint64[] memory epochs = handler.allEpochs();
        for (uint256 i = 0; i < epochs.length; ++i) {
            vm.assertEq(ledger.rootOf(epochs[i]), handler.expectedRoot(epochs[i]), "root");
            if (i > 0) vm.assertGt(epochs[i], epochs[i - 1], "epochs only go up");
        }
        (, uint64 latest, bytes32 root) = ledger.latest();
        vm.assertEq(latest, epochs[epochs.length - 1], "the last that was not disproved");
        vm.assertEq(root, handler.rootAt(latest), "and its root");
    }

    function invariant_10_EveryDeedBelongsToWhoItWasGivenTo() external view {
        DeedId[] memory deeds = handler.allDeeds();
        for (uint256 i = 0; i < deeds.length; ++i) {
            (IDeed collection, uint256 id) = _where(deeds[i]);
            vm.assertEq(collection.ownerOf(id), handler.expectedOwner(deeds[i]), "owner");
        }
    }

    function invariant_11_EveryWeiIsSomewhere() external view {
        address[] memory actors = handler.allActors();
        uint256 sum = 0;
        for (uint256 i = 0; i < actors.length; ++i) sum += r1.balanceOf(actors[i]);
        address[5] memory pools = handler.allPools();
        for (uint256 i = 0; i < 5; ++i) sum += r1.balanceOf(pools[i]);
        vm.assertEq(sum, r1.totalSupply(), "with the operators and the pools");
    }

    function invariant_12_NothingWentWrong() external view {
        vm.assertEq(handler.wrong(), "", "as the handler saw it");
    }

    function invariant_13_OnlyTheLastRootIsEverPending() external view {
        (uint64 epoch, bytes32 root, uint256 activeFrom) = ledger.pending();
        (uint64 expectedEpoch, bytes32 expectedRoot) = handler.expectedPending();
        vm.assertEq(epoch, expectedEpoch, "epoch");
        vm.assertEq(root, expectedRoot, "root");
        vm.assertEq(activeFrom > _now(), root != 0, "until later");
    }

    function invariant_14_DisprovedRootsAreGone() external view {
        uint64[] memory epochs = handler.allDisproved();
        for (uint256 i = 0; i < epochs.length; ++i) {
            vm.assertEq(ledger.rootOf(epochs[i]), handler.expectedRoot(epochs[i]), "gone, or committed again");
        }
    }

    function invariant_15_TheSetIsWhoCameAndDidNotLeave() external view {
        address[] memory expected = handler.allOracles();
        vm.assertEq(oracles.oracles(), expected, "the set");
    }

    /// @dev The handlers really do things: in a long random walk, every action succeeds.
    function test_EveryActionHappens() public {
        bytes4[] memory actions = _actions();
        for (uint256 i = 0; i < 1500; ++i) {
            uint256 chance = uint256(keccak256(abi.encode(i)));
            bytes4 action = actions[chance % actions.length];
            bool hasFlag = action == ProtocolHandler.judge.selector || action == OracleHandler.commit.selector;
            bytes memory call = abi.encodePacked(action, chance >> 8, (chance >> 16) % (hasFlag ? 2 : 1 << 64));
            (bool ok, ) = address(handler).call(call);
            vm.assertTrue(ok, "no action fails");
        }
        string[21] memory names = [
            "elapse",
            "buy",
            "associate",
            "dissociate",
            "transfer",
            "judge",
            "commit honest",
            "commit corrupt",
            "disprove",
            "claim",
            "claim pending",
            "claim disproved",
            "claimMany",
            "burn",
            "addOracle",
            "ejectOracle",
            "restaff",
            "equivocate",
            "challenge",
            "answer",
            "removeSilent"
        ];
        for (uint256 i = 0; i < names.length; ++i) vm.assertGt(handler.done(names[i]), 0, names[i]);
        vm.assertEq(handler.wrong(), "", "and nothing went wrong");
    }

    function _actions() private pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](19);
        selectors[0] = ProtocolHandler.elapse.selector;
        selectors[1] = ProtocolHandler.buy.selector;
        selectors[2] = ProtocolHandler.associate.selector;
        selectors[3] = ProtocolHandler.dissociate.selector;
        selectors[4] = ProtocolHandler.transfer.selector;
        selectors[5] = ProtocolHandler.judge.selector;
        selectors[6] = OracleHandler.commit.selector;
        selectors[7] = ProtocolHandler.claim.selector;
        selectors[8] = ProtocolHandler.claimMany.selector;
        selectors[9] = ProtocolHandler.claimTooMuch.selector;
        selectors[10] = ProtocolHandler.burn.selector;
        selectors[11] = ProtocolHandler.addOracle.selector;
        selectors[12] = OracleHandler.ejectOracle.selector;
        selectors[13] = OracleHandler.restaff.selector;
        selectors[14] = OracleHandler.equivocate.selector;
        selectors[15] = OracleHandler.challenge.selector;
        selectors[16] = OracleHandler.answer.selector;
        selectors[17] = OracleHandler.removeSilent.selector;
        selectors[18] = OracleHandler.disprove.selector;
    }

    function _where(DeedId deed) private view returns (IDeed collection, uint256 id) {
        return (IDeed(nodes.collectionOf(deed)), deed.tokenId());
    }
}
