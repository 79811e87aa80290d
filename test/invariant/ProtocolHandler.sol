// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";
import {OracleHandler} from "./OracleHandler.sol";

/// @title ProtocolHandler
/// @notice Everything that operators, oracles, compliance and thieves may do, in any order. R1 comes from claims alone: what
/// buyers pay with, the liquidity pool was given by the Genesis deed. Remembers what the invariants compare with.
/// @dev An action that makes no sense at the moment does nothing; one that should work and does not, fails the run.
contract ProtocolHandler is OracleHandler {
    uint256 private constant ACTORS = 6;
    uint256 private constant NODES = 10;
    uint256 private constant FIRST_ORACLES = 5;
    uint256 private constant MOST_DEEDS = 40;

    address[] public actors;
    uint256[] public nodeKeys;
    mapping(DeedId deed => address) public expectedOwner;
    uint256 public paid;
    uint256 public paidToPools;
    uint256 public burnedBySale;
    uint256 public burnedByHolders;
    uint256 public released;
    uint256 public mintedByClaims;

    function setUp() public override {
        super.setUp();
        _addOracles(FIRST_ORACLES);
        for (uint256 i = 0; i < ACTORS; ++i) actors.push(_operator("actor", i));
        for (uint256 i = 0; i < NODES; ++i) nodeKeys.push(_key("node", i));
        _keep(_issueGenesis(actors[0]), actors[0]);
        _keep(_issueMaster(actors[1], 3_000_000 ether), actors[1]);
        _keep(_issueMaster(actors[2], 77), actors[2]);
        _associate(deeds[0], _key("genesis node", 0));
        _associate(deeds[1], _key("master node", 0));
        commit(255, false);
        _waitForActivation();
        claim(0);
    }

    // ---------------------------------------------------------------- actions

    function elapse(uint256 time) external {
        bool far = time % 8 == 0;
        vm.warp(_now() + _between(time, 10 minutes, far ? 90 days : 40 hours));
        ++done["elapse"];
    }

    function buy(uint256 actor, uint256 count) external {
        address buyer = _actor(actor);
        if (deeds.length >= MOST_DEEDS || !operators.isApproved(buyer)) return;
        feed.updateAnswer(1e8);
        (, uint256 payment) = sale.quote(count = _between(count, 1, 4));
        if (!_receivesFromLiquidity(buyer, payment)) return;
        uint256 burned = r1.totalBurned();
        vm.startPrank(buyer);
        r1.approve(address(sale), payment);
        uint256 firstId = sale.buy(count, payment, _now(), buyer);
        vm.stopPrank();
        for (uint256 i = 0; i < count; ++i) _keep(_nd(firstId + i), buyer);
        paid += payment;
        burnedBySale += r1.totalBurned() - burned;
        paidToPools += payment - (r1.totalBurned() - burned);
        ++done["buy"];
    }

    function associate(uint256 which, uint256 nodeIndex) external {
        DeedId deed = _deed(which);
        uint256 key = nodeKeys[nodeIndex % NODES];
        address owner = expectedOwner[deed];
        uint256 deadline = _now();
        bytes memory consent = _consent(key, deed, owner, deadline);
        vm.prank(owner);
        try nodes.associate(deed, vm.addr(key), deadline, consent) {
            ++done["associate"];
        } catch {}
    }

    function dissociate(uint256 which) external {
        DeedId deed = _deed(which);
        if (nodes.nodeOf(deed) == address(0)) return;
        vm.prank(expectedOwner[deed]);
        nodes.dissociate(deed);
        ++done["dissociate"];
    }

    function transfer(uint256 which, uint256 actor) external {
        DeedId deed = _deed(which);
        IDeed collection = _collection(deed);
        vm.prank(expectedOwner[deed]);
        try collection.transferFrom(expectedOwner[deed], _actor(actor), deed.tokenId()) {
            expectedOwner[deed] = _actor(actor);
            if (nodes.nodeOf(deed) != address(0)) wrong = "a sold deed kept its node";
            ++done["transfer"];
        } catch {}
    }

    function judge(uint256 actor, bool deedItself) external {
        if (deedItself) {
            DeedId deed = _deed(actor);
            bool banned = _collection(deed).recordOf(deed.tokenId()).banned;
            if (banned) _unbanDeed(deed);
            else _banDeed(deed);
        } else {
            if (operators.isBanned(_actor(actor))) _unban(_actor(actor));
            else _ban(_actor(actor));
        }
        ++done["judge"];
    }

    function claim(uint256 which) public settled {
        which = which % _active.values.length;
        DeedId deed = deeds[which];
        bool banned = _isBanned(deed);
        uint256 expected = rewards.claimable(deed, _active.epoch, _active.values[which]);
        try rewards.claim(deed, _active.epoch, _active.values[which], MerkleTree.proof(_active.tree, which)) returns (
            uint256 amount
        ) {
            if (banned) wrong = "a banned one was paid";
            if (amount != expected) wrong = "claimable and claim differ";
            mintedByClaims += amount;
            ++done["claim"];
        } catch {
            if (expected != 0) wrong = "what is claimable was refused";
        }
    }

    /// @notice Claims by a root that is pending, or by one that was disproved.
    function claimTooMuch(uint256 which) external settled {
        if (_pending.tree.length != 0) {
            _requireNoClaim(_pending, which, "a pending root paid");
            ++done["claim pending"];
        }
        // Another quorum may have committed the very same tree again.
        bool again = _lastDisproved.tree.length == 0 || rootAt[_lastDisproved.epoch] == _lastDisproved.tree[0];
        if (again) return;
        _requireNoClaim(_lastDisproved, which, "a disproved root paid");
        ++done["claim disproved"];
    }

    function claimMany(uint256 mask) external settled {
        uint256 size = _active.values.length;
        uint256[] memory chosen = _chosen(mask | (1 << (mask % size)), size);
        DeedId[] memory which = new DeedId[](chosen.length);
        uint256[] memory values = new uint256[](chosen.length);
        uint256 expected = 0;
        for (uint256 i = 0; i < chosen.length; ++i) {
            (which[i], values[i]) = (deeds[chosen[i]], _active.values[chosen[i]]);
            expected += rewards.claimable(which[i], _active.epoch, values[i]);
        }
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(_active.tree, chosen);
        uint256 amount = rewards.claimMany(_active.epoch, which, values, proof, flags);
        if (amount != expected) wrong = "a batch pays what single claims pay";
        mintedByClaims += amount;
        if (amount != 0) ++done["claimMany"];
    }

    function burn(uint256 actor, uint256 amount) external {
        amount = _between(amount, 0, r1.balanceOf(_actor(actor)));
        if (amount == 0) return;
        vm.prank(_actor(actor));
        r1.burn(amount);
        burnedByHolders += amount;
        ++done["burn"];
    }

    function addOracle(uint256 nodeIndex) external {
        uint256 key = nodeKeys[nodeIndex % NODES];
        address owner = nodes.operatorOf(vm.addr(key));
        try oracleRegistry.addOracle(vm.addr(key)) {
            if (oracleRegistry.ownerOf(vm.addr(key)) != owner) wrong = "an oracle of somebody else";
            _keepOracleKey(key);
            ++done["addOracle"];
        } catch {}
    }

    // ---------------------------------------------------------------- what the invariants read

    function parts() external view returns (address[9] memory) {
        return
            [
                address(r1),
                address(ledger),
                address(nodes),
                address(nodeDeed),
                address(masterDeed),
                address(genesisDeed),
                address(oracleRegistry),
                address(sale),
                address(rewards)
            ];
    }

    function allActors() external view returns (address[] memory) {
        return actors;
    }

    function allNodes() external view returns (address[] memory list) {
        list = new address[](NODES);
        for (uint256 i = 0; i < NODES; ++i) list[i] = vm.addr(nodeKeys[i]);
    }

    function allPools() external view returns (address[5] memory list) {
        for (uint256 i = 0; i < 5; ++i) list[i] = address(pools[i]);
    }

    // ---------------------------------------------------------------- helpers

    function _keep(DeedId deed, address owner) private {
        deeds.push(deed);
        expectedOwner[deed] = owner;
    }

    function _receivesFromLiquidity(address buyer, uint256 amount) private returns (bool) {
        if (pools[0].releasable() < amount) return false;
        vm.prank(treasurer);
        pools[0].release(buyer, amount, "sold");
        released += amount;
        return true;
    }

    function _requireNoClaim(Sheet storage sheet, uint256 which, string memory otherwise) private {
        which = which % sheet.values.length;
        bytes32[] memory proof = MerkleTree.proof(sheet.tree, which);
        try rewards.claim(deeds[which], sheet.epoch, sheet.values[which], proof) {
            wrong = otherwise;
        } catch {}
    }

    function _isBanned(DeedId deed) private view returns (bool) {
        return _collection(deed).recordOf(deed.tokenId()).banned || operators.isBanned(expectedOwner[deed]);
    }

    function _actor(uint256 index) private view returns (address) {
        return actors[index % ACTORS];
    }

    function _deed(uint256 index) private view returns (DeedId) {
        return deeds[index % deeds.length];
    }

    function _chosen(uint256 mask, uint256 count) private pure returns (uint256[] memory chosen) {
        uint256 size = 0;
        for (uint256 i = 0; i < count; ++i) size += (mask >> i) & 1;
        chosen = new uint256[](size);
        for (uint256 i = count; i > 0; --i) if ((mask >> (i - 1)) & 1 == 1) chosen[--size] = i - 1;
    }
}
