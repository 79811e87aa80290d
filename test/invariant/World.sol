// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {DeedId, DeedKind} from "../../contracts/types/DeedId.sol";
import {Leaf, LeafKind} from "../../contracts/types/Leaf.sol";
import {TreasuryPool} from "../../contracts/treasury/TreasuryPool.sol";
import {DisputeFixture} from "../helpers/DisputeFixture.sol";
import {JobFixture} from "../helpers/JobFixture.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";
import {HostileWallet} from "./HostileWallet.sol";

/// @title World
/// @notice One deployment of the whole protocol and everybody in it, and what the invariants remember of them. R1 comes from
/// claims alone: whoever pays was given R1 by a treasury pool, which the Genesis deed fills.
abstract contract World is DisputeFixture, JobFixture {
    /// @dev What one leaf is about. A leaf keeps its position: subjects are only ever added.
    struct Subject {
        LeafKind kind;
        uint256 id;
        DeedId deed;
        uint256 jobId;
    }

    uint256 internal constant ACTORS = 6;
    uint256 internal constant EXTERNALLY_OWNED = 3;
    uint256 internal constant NODES = 12;
    uint256 internal constant SPARES = 12;
    uint256 internal constant MOST_DEEDS = 30;
    uint256 internal constant MOST_OPEN_JOBS = 8;
    uint256 internal constant MOST_SUBJECTS = 100;
    uint256 internal constant GOVERNANCE_DELAY = 2 days;

    /// @notice More than f oracles may be corrupt.
    bool public captured;

    address[] public actors;
    address[] internal developers;
    uint256[] internal nodeKeys;
    /// @dev Keys of nodes whose owners governance may make oracles.
    uint256[] internal spareKeys;
    address internal governor = vm.addr(_key("governor", 0));
    address internal thief = vm.addr(_key("thief", 0));
    address internal payee = vm.addr(_key("payee", 0));
    TreasuryPool internal milestonePool;

    DeedId[] public deeds;
    Subject[] internal subjects;
    /// @dev Position of a subject plus one.
    mapping(uint256 id => uint256) internal positions;
    /// @dev Positions of a job's service leaves, ascending.
    mapping(uint256 jobId => uint256[]) internal leavesOfJob;
    mapping(DeedId deed => address) public expectedOwner;
    /// @dev Epoch of the first association plus one.
    mapping(DeedId deed => uint256) internal firstEpochs;

    uint256 public paid;
    uint256 public paidToPools;
    uint256 public burnedBySale;
    uint256 public burnedByHolders;
    uint256 public mintedByClaims;
    mapping(address pool => uint256) internal releasedFrom;

    mapping(string action => uint256) public done;
    /// @notice Something happened that must never happen; empty while all is well.
    string public wrong;

    /// @dev All accounts that R1 can be with, what they had before this action, and who agreed to spend in it.
    address[] internal holders;
    mapping(address holder => uint256) private _before;
    mapping(address holder => bool) private _agreed;

    /// @dev Around every action: nobody has less R1 afterwards who did not agree to spend.
    modifier acts() {
        _;
        _audit();
    }

    /// @param captured_ More than f oracles may be corrupt.
    function begin(bool captured_) external {
        captured = captured_;
        setUp();
    }

    function setUp() public virtual override(ProtocolFixture, JobFixture) {
        super.setUp();
        milestonePool = _newPool("milestones", GENESIS + 20 days, _milestones());
        _allow(address(milestonePool), TREASURER, milestonePool.release.selector);
        for (uint256 i = 0; i < ACTORS; ++i) actors.push(i < EXTERNALLY_OWNED ? _operator("actor", i) : _wallet());
        developers.push(developer);
        developers.push(address(new HostileWallet()));
        for (uint256 i = 0; i < NODES; ++i) nodeKeys.push(_key("node", i));
        for (uint256 i = 0; i < SPARES; ++i) _spare(i);
        for (uint256 i = 0; i < oracleKeys.length; ++i) spareKeys.push(oracleKeys[i]);
        _keep(_issueGenesis(actors[0]), actors[0]);
        _keep(_issueMaster(actors[1], 3_000_000 ether), actors[1]);
        _keep(_issueMaster(actors[2], 77), actors[2]);
        _attach(deeds[0], _key("genesis node", 0));
        _attach(deeds[1], _key("master node", 0));
        _listHolders();
        manager.grantRole(0, governor, uint32(GOVERNANCE_DELAY));
        manager.renounceRole(0, address(this));
    }

    // ---------------------------------------------------------------- subjects

    function _keep(DeedId deed, address owner) internal {
        deeds.push(deed);
        expectedOwner[deed] = owner;
        _add(Subject(LeafKind.Availability, DeedId.unwrap(deed), deed, 0));
    }

    function _keepService(uint256 jobId, uint16 tokenId) internal {
        uint256 id = uint256(keccak256(abi.encode(jobId, _nd(tokenId))));
        if (positions[id] != 0) return;
        leavesOfJob[jobId].push(subjects.length);
        _add(Subject(LeafKind.Service, id, _nd(tokenId), jobId));
    }

    function _leaf(uint256 which, uint256 value) internal view returns (bytes32) {
        return Leaf.hash(subjects[which].kind, subjects[which].id, value);
    }

    // ---------------------------------------------------------------- governance

    /// @dev What governance decides happens after its delay.
    function _govern(address target, bytes memory call) internal {
        _schedule(target, call);
        vm.warp(_now() + GOVERNANCE_DELAY);
        _execute(target, call);
    }

    function _schedule(address target, bytes memory call) internal {
        vm.prank(governor);
        manager.schedule(target, call, 0);
    }

    function _execute(address target, bytes memory call) internal {
        vm.prank(governor);
        manager.execute(target, call);
    }

    // ---------------------------------------------------------------- money

    function _agrees(address holder) internal {
        _agreed[holder] = true;
    }

    /// @dev The market still says what it said.
    function _refreshFeed() internal {
        feed.updateAnswer(feed.latestAnswer());
    }

    /// @dev R1 from a pool that has enough.
    function _endowFromTreasury(address to, uint256 amount) internal returns (bool) {
        if (amount == 0) return true;
        for (uint256 i = 0; i < 5; ++i) {
            if (pools[i].releasable() < amount) continue;
            _release(pools[i], to, amount);
            return true;
        }
        return false;
    }

    function _release(TreasuryPool pool, address to, uint256 amount) internal {
        _agrees(address(pool));
        vm.prank(treasurer);
        pool.release(to, amount, "agreed");
        releasedFrom[address(pool)] += amount;
    }

    // ---------------------------------------------------------------- rules, in the handlers' own words

    function _inGoodStanding(DeedId deed) internal view returns (bool) {
        return !_collection(deed).recordOf(deed.tokenId()).banned && !operators.isBanned(expectedOwner[deed]);
    }

    /// @dev 255 for every epoch from the first association, or the start of its class, on.
    function _boundOf(DeedId deed, uint64 epoch) internal view returns (uint256) {
        if (firstEpochs[deed] == 0) return 0;
        uint256 first = firstEpochs[deed] - 1;
        if (deed.kind() == DeedKind.Master && first < MASTER_START) first = MASTER_START;
        return epoch < first ? 0 : FULL * (uint256(epoch) + 1 - first);
    }

    /// @dev Where R1 for `owner` goes.
    function _payeeOf(address owner) internal view returns (address to) {
        (to, ) = operators.payoutOf(owner);
    }

    /// @dev Of the sale, the node registry, the ledger or the escrow.
    function _isPaused(address target) internal view returns (bool) {
        return Pausable(target).paused();
    }

    function _must(bool condition, string memory otherwise) internal {
        if (!condition && bytes(wrong).length == 0) wrong = otherwise;
    }

    // ---------------------------------------------------------------- choices

    function _actor(uint256 index) internal view returns (address) {
        return actors[index % ACTORS];
    }

    function _deed(uint256 index) internal view returns (DeedId) {
        return deeds[index % deeds.length];
    }

    /// @dev One of the Node Deeds, which come after the first three.
    function _nodeDeed(uint256 index) internal view returns (DeedId) {
        return deeds[3 + (index % (deeds.length - 3))];
    }

    /// @dev Associates and remembers since when.
    function _attach(DeedId deed, uint256 key) internal {
        _associate(deed, key);
        _noteAssociation(deed);
    }

    function _noteAssociation(DeedId deed) internal {
        if (firstEpochs[deed] == 0) firstEpochs[deed] = uint256(ledger.currentEpoch()) + 1;
    }

    // ---------------------------------------------------------------- inside

    function _audit() private {
        for (uint256 i = 0; i < holders.length; ++i) {
            address holder = holders[i];
            uint256 balance = r1.balanceOf(holder);
            _must(balance >= _before[holder] || _agreed[holder], "R1 left somebody who did not agree");
            _before[holder] = balance;
            _agreed[holder] = false;
        }
    }

    function _listHolders() private {
        for (uint256 i = 0; i < ACTORS; ++i) holders.push(actors[i]);
        for (uint256 i = 0; i < 2; ++i) holders.push(developers[i]);
        for (uint256 i = 0; i < 5; ++i) holders.push(address(pools[i]));
        holders.push(address(milestonePool));
        holders.push(address(escrow));
        holders.push(payee);
        holders.push(thief);
    }

    function _add(Subject memory subject) private {
        subjects.push(subject);
        positions[subject.id] = subjects.length;
    }

    function _wallet() private returns (address wallet) {
        wallet = address(new HostileWallet());
        _approve(wallet);
    }

    /// @dev Somebody with a node who can become an oracle.
    function _spare(uint256 index) private {
        uint256 key = _key("spare", index);
        spareKeys.push(key);
        _associate(_issueMaster(_operator("spare owner", index), 1 ether), key);
    }

    function _milestones() private pure returns (uint16[] memory points) {
        points = new uint16[](2);
        (points[0], points[1]) = (3_000, 7_000);
    }
}
