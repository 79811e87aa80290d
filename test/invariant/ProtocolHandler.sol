// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

/// @title ProtocolHandler
/// @notice Everything that operators, oracles, compliance and thieves may do, in any order. R1 comes from claims alone: what
/// buyers pay with, the liquidity pool was given by the Genesis deed. Remembers what the invariants compare with.
/// @dev An action that makes no sense at the moment does nothing; one that should work and does not, fails the run.
contract ProtocolHandler is ProtocolFixture {
    uint256 private constant ACTORS = 6;
    uint256 private constant NODES = 10;
    uint256 private constant FEWEST_ORACLES = 4;
    uint256 private constant MOST_DEEDS = 40;

    address[] public actors;
    uint256[] public nodeKeys;
    DeedId[] public deeds;
    uint64[] public epochs;
    mapping(string action => uint256) public done;
    mapping(uint64 epoch => bytes32) public rootAt;
    mapping(DeedId deed => address) public expectedOwner;
    uint256 public paid;
    uint256 public paidToPools;
    uint256 public burnedBySale;
    uint256 public burnedByHolders;
    uint256 public released;
    uint256 public mintedByClaims;
    /// @notice Something happened that must never happen; empty while all is well.
    string public wrong;

    mapping(DeedId deed => uint256) private _earned;
    DeedId[] private _leafDeeds;
    uint256[] private _leafValues;
    bytes32[] private _tree;
    uint64 private _treeEpoch;

    function setUp() public override {
        super.setUp();
        _addOracles(FEWEST_ORACLES + 1);
        for (uint256 i = 0; i < ACTORS; ++i) actors.push(_operator("actor", i));
        for (uint256 i = 0; i < NODES; ++i) nodeKeys.push(_key("node", i));
        _keep(_issueGenesis(actors[0]), actors[0]);
        _keep(_issueMaster(actors[1], 3_000_000 ether), actors[1]);
        _keep(_issueMaster(actors[2], 77), actors[2]);
        _associate(deeds[0], _key("genesis node", 0));
        _associate(deeds[1], _key("master node", 0));
        commit(255, false);
        claim(0);
    }

    // ---------------------------------------------------------------- actions

    function elapse(uint256 time) external {
        bool far = time % 8 == 0;
        vm.warp(_now() + _between(time, 1 hours, far ? 90 days : 40 hours));
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

    /// @notice Commits the last ended epoch: what nodes earned when honest, anything at all when corrupt.
    function commit(uint256 seed, bool corrupt) public {
        uint64 epoch = ledger.currentEpoch();
        (bool committed, uint64 latest, ) = ledger.latest();
        if (committed && epoch <= latest) return;
        delete _leafDeeds;
        delete _leafValues;
        for (uint256 i = 0; i < deeds.length; ++i) {
            DeedId deed = deeds[i];
            uint256 bound = _collection(deed).boundOf(deed.tokenId(), epoch);
            uint256 chance = uint256(keccak256(abi.encode(seed, i)));
            _credit(deed, bound, seed == 255 ? 255 : chance % 256);
            _leafDeeds.push(deed);
            _leafValues.push(corrupt ? _lie(chance, bound) : _earned[deed]);
        }
        _tree = _commitLeaves(epoch, _leafDeeds, _leafValues);
        _treeEpoch = epoch;
        epochs.push(epoch);
        rootAt[epoch] = _tree[0];
        ++done[corrupt ? "commit corrupt" : "commit honest"];
    }

    function claim(uint256 which) public {
        if (_leafDeeds.length == 0) return;
        which = which % _leafDeeds.length;
        DeedId deed = _leafDeeds[which];
        bool banned = _isBanned(deed);
        uint256 expected = rewards.claimable(deed, _treeEpoch, _leafValues[which]);
        bytes32[] memory proof = MerkleTree.proof(_tree, which);
        try rewards.claim(deed, _treeEpoch, _leafValues[which], proof) returns (uint256 amount) {
            if (banned) wrong = "a banned one was paid";
            if (amount != expected) wrong = "claimable and claim differ";
            mintedByClaims += amount;
            ++done["claim"];
        } catch {
            if (expected != 0) wrong = "what is claimable was refused";
        }
    }

    function claimMany(uint256 mask) external {
        uint256 size = _leafDeeds.length;
        if (size == 0) return;
        uint256[] memory chosen = _chosen(mask | (1 << (mask % size)), size);
        DeedId[] memory which = new DeedId[](chosen.length);
        uint256[] memory values = new uint256[](chosen.length);
        uint256 expected = 0;
        for (uint256 i = 0; i < chosen.length; ++i) {
            (which[i], values[i]) = (_leafDeeds[chosen[i]], _leafValues[chosen[i]]);
            expected += rewards.claimable(which[i], _treeEpoch, values[i]);
        }
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(_tree, chosen);
        uint256 amount = rewards.claimMany(_treeEpoch, which, values, proof, flags);
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

    function ejectOracle(uint256 index) external {
        index = index % oracleKeys.length;
        address oracle = vm.addr(oracleKeys[index]);
        if (oracleKeys.length <= FEWEST_ORACLES || oracleRegistry.isEligible(oracle)) return;
        oracleRegistry.eject(oracle);
        _dropOracleKey(index);
        ++done["ejectOracle"];
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

    function allDeeds() external view returns (DeedId[] memory) {
        return deeds;
    }

    function allEpochs() external view returns (uint64[] memory) {
        return epochs;
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

    /// @dev An honest deed earns at most what the chain allows it.
    function _credit(DeedId deed, uint256 bound, uint256 credit) private {
        uint256 earned = _earned[deed] + credit;
        _earned[deed] = earned > bound ? bound : earned;
    }

    function _lie(uint256 chance, uint256 bound) private pure returns (uint256) {
        if (chance % 5 == 0) return chance;
        return (chance >> 8) % (2 * bound + 2);
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
