// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {JobFixture} from "../helpers/JobFixture.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";

/// @title JobHandler
/// @notice Everybody who touches a job, at random: developers who change their minds, an oracle quorum that assigns and credits
/// whatever it likes, compliance that bans, strangers who settle and refund.
contract JobHandler is JobFixture {
    uint256 private constant _SERVERS = 8;
    uint256 private constant _MOST_JOBS = 30;

    /// @dev What went through the escrow, by job; job 0 is all of it.
    mapping(uint256 jobId => uint256) public deposited;
    mapping(uint256 jobId => uint256) public paid;
    mapping(uint256 jobId => uint256) public burned;
    mapping(uint256 jobId => uint256) public refunded;
    /// @dev R1 that somebody sent to the escrow, and nobody gets back.
    uint256 public gifts;
    /// @dev A job that could not be ended, or that kept something.
    uint256 public stuckJob;
    /// @dev A job that somebody changed who had no right to.
    uint256 public stolenJob;

    uint16 private _firstServer;
    address private _other;

    function setUp() public override {
        super.setUp();
        _firstServer = _servers(_SERVERS);
        _other = vm.addr(_key("other developer", 0));
        _newJob(false, 2, 40);
        _assignSome(1, 2);
    }

    function parts() external view returns (address, address) {
        return (address(escrow), address(r1));
    }

    function servers() external view returns (uint16[] memory) {
        return _idsFrom(_firstServer, _SERVERS);
    }

    // ---------------------------------------------------------------- developers

    function create(bool isOther, uint8 places, uint16 epochs) external {
        if (escrow.jobCount() < _MOST_JOBS) {
            _newJob(isOther, uint8(_between(places, 1, 6)), uint16(_between(epochs, TERM, 70)));
        }
    }

    function extend(uint256 job, uint16 epochs) external {
        uint256 jobId = _any(job);
        epochs = uint16(_between(epochs, 1, 30));
        IJobEscrow.Job memory state = escrow.jobOf(jobId);
        uint256 cost = state.rate * state.nodes * epochs;
        _endow(state.owner, cost);
        vm.prank(state.owner);
        escrow.extend(jobId, epochs);
        _note(deposited, jobId, cost);
    }

    function scaleUp(uint256 job, uint8 more) external {
        uint256 jobId = _any(job);
        address owner = escrow.jobOf(jobId).owner;
        _endow(owner, RATE * 64 * 4_000);
        uint256 before = r1.balanceOf(owner);
        vm.prank(owner);
        escrow.scaleUp(jobId, uint8(_between(more, 1, 4)));
        _note(deposited, jobId, before - r1.balanceOf(owner));
    }

    function scaleDown(uint256 job, uint8 fewer, uint256 leaving) external {
        uint256 jobId = _any(job);
        IJobEscrow.Job memory state = escrow.jobOf(jobId);
        uint256 given = _between(fewer, 1, 4);
        uint256 free = state.nodes - state.active;
        uint16[] memory ids =
            leaving % 4 == 0
                ? _prefix(escrow.nodesOf(jobId), leaving)
                : _first(escrow.nodesOf(jobId), given > free ? given - free : 0);
        vm.prank(state.owner);
        escrow.scaleDown(jobId, uint8(given), ids);
    }

    function close(uint256 job) external {
        uint256 jobId = _any(job);
        address owner = escrow.jobOf(jobId).owner;
        uint256 before = r1.balanceOf(owner);
        vm.prank(owner);
        escrow.close(jobId);
        _note(refunded, jobId, r1.balanceOf(owner) - before);
    }

    function changeSpec(uint256 job, bytes32 specHash) external {
        uint256 jobId = _any(job);
        vm.prank(escrow.jobOf(jobId).owner);
        escrow.changeSpec(jobId, specHash);
    }

    // ---------------------------------------------------------------- anybody

    function give(uint256 amount) external {
        amount = _between(amount, 1, 1 ether);
        _fund(address(this), amount);
        r1.transfer(address(escrow), amount);
        gifts += amount;
    }

    /// @dev A delegate without, or with other, rights tries what only the owner may.
    function steal(uint256 job, uint256 what, uint8 rights) external {
        uint256 jobId = _any(job);
        address owner = escrow.jobOf(jobId).owner;
        address thief = vm.addr(_key("thief", 0));
        uint8 right = uint8(1 << (what % 4));
        vm.prank(owner);
        escrow.offerDelegation(thief, rights & ~right);
        vm.startPrank(thief);
        escrow.acceptDelegation(owner, rights & ~right);
        bytes[4] memory calls = [
            abi.encodeCall(escrow.extend, (jobId, 1)),
            abi.encodeCall(escrow.scaleDown, (jobId, 1, _noIds())),
            abi.encodeCall(escrow.close, (jobId)),
            abi.encodeCall(escrow.changeSpec, (jobId, SPEC))
        ];
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok, ) = address(escrow).call(calls[what % 4]);
        vm.stopPrank();
        if (ok) stolenJob = jobId;
    }

    /// @dev Pay goes to somebody else, or back to the owner.
    function setPayee(uint256 server, uint256 to) external {
        vm.prank(_ownerOf(_nd(_server(server))));
        operators.setPayee(to % 2 == 1 ? vm.addr(_key("payee", 0)) : address(0));
    }

    function refund(uint256 job) external {
        uint256 jobId = _any(job);
        _note(refunded, jobId, escrow.refund(jobId));
    }

    function payHeld(uint256 server) external {
        escrow.payHeld(_server(server));
    }

    function wait(uint8 epochs) external {
        _enter(ledger.currentEpoch() + uint64(_between(epochs, 1, 5)));
    }

    function sell(uint256 server, uint256 to) external {
        uint16 id = _server(server);
        address owner = _ownerOf(_nd(id));
        address buyer = _ownerOf(_nd(_server(to)));
        vm.prank(owner);
        nodeDeed.transferFrom(owner, buyer, id);
    }

    /// @dev A sold deed has no node; its new owner gives it one.
    function associate(uint256 server) external {
        uint16 id = _server(server);
        _associate(_nd(id), _key("server node", id - _firstServer));
    }

    // ---------------------------------------------------------------- compliance

    function banOwner(uint256 server) external {
        _ban(_ownerOf(_nd(_server(server))));
    }

    function unbanOwner(uint256 server) external {
        _unban(_ownerOf(_nd(_server(server))));
    }

    function banDeed(uint256 server) external {
        _banDeed(_nd(_server(server)));
    }

    function unbanDeed(uint256 server) external {
        _unbanDeed(_nd(_server(server)));
    }

    // ---------------------------------------------------------------- oracles

    function assign(uint256 job, uint256 joining) external {
        _assignSome(_any(job), joining);
    }

    function replace(uint256 job, uint256 leaving, uint256 joining) external {
        uint256 jobId = _any(job);
        _assign(jobId, _prefix(escrow.nodesOf(jobId), leaving), _ids(_server(joining)));
    }

    /// @dev Commits a tree that says anything at all about the deeds that serve, or served, a job, and settles some of them.
    function serve(uint256 job, uint256 seed, bool isMany) external {
        uint256 jobId = _any(job);
        uint16[] memory ids = _idsFrom(_firstServer, _SERVERS);
        uint256[] memory sums = new uint256[](_SERVERS);
        for (uint256 i = 0; i < _SERVERS; ++i) sums[i] = _sum(seed, i);
        _settleAll(jobId, _lastEnded(), ids, sums, isMany);
    }

    /// @dev Ends a job with a proof and nobody's help, and looks whether anything stays behind.
    function finish(uint256 job, uint256 seed) external {
        uint256 jobId = _any(job);
        IJobEscrow.Job memory state = escrow.jobOf(jobId);
        if (state.start == 0) return;
        if (ledger.currentEpoch() <= _lastEpoch(jobId)) _enter(_lastEpoch(jobId) + 2);
        uint16[] memory ids = _idsFrom(_firstServer, _SERVERS);
        uint256[] memory sums = new uint256[](_SERVERS);
        for (uint256 i = 0; i < _SERVERS; ++i)
            sums[i] = escrow.serviceOf(jobId, ids[i]).settled + (_sum(seed, i) % 9_000);
        _settleAll(jobId, _lastEnded(), ids, sums, true);
        _note(refunded, jobId, escrow.refund(jobId));
        if (escrow.jobOf(jobId).balance != 0 || escrow.nodesOf(jobId).length != 0) stuckJob = jobId;
    }

    // ---------------------------------------------------------------- inside

    function _newJob(bool isOther, uint8 places, uint16 epochs) private {
        uint256 jobId = _createJobOf(isOther ? _other : developer, places, epochs);
        _note(deposited, jobId, RATE * places * epochs);
    }

    function _assignSome(uint256 jobId, uint256 joining) private {
        uint16 first = _server(joining);
        uint256 count = _between(joining, 1, 2);
        if (first + count > _firstServer + _SERVERS) count = 1;
        _assign(jobId, _noIds(), _idsFrom(first, count));
    }

    function _settleAll(uint256 jobId, uint64 epoch, uint16[] memory ids, uint256[] memory sums, bool isMany) private {
        bytes32[] memory tree = _tree(jobId, ids, sums);
        _commit(epoch, MerkleTree.root(tree));
        uint256 burnedBefore = r1.totalBurned();
        uint256 out =
            isMany
                ? _settleMany(jobId, epoch, ids, sums, tree)
                : escrow.settle(jobId, ids[0], epoch, sums[0], MerkleTree.proof(tree, 0));
        _note(paid, jobId, out);
        _note(burned, jobId, r1.totalBurned() - burnedBefore);
    }

    function _settleMany(
        uint256 jobId,
        uint64 epoch,
        uint16[] memory ids,
        uint256[] memory sums,
        bytes32[] memory tree
    ) private returns (uint256) {
        uint256[] memory leaves = new uint256[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) leaves[i] = i;
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(tree, leaves);
        return escrow.settleMany(jobId, epoch, ids, sums, proof, flags);
    }

    function _note(mapping(uint256 jobId => uint256) storage sums, uint256 jobId, uint256 amount) private {
        sums[jobId] += amount;
        sums[0] += amount;
    }

    /// @dev A sum of service bytes: mostly a believable one, now and then an absurd one.
    function _sum(uint256 seed, uint256 index) private pure returns (uint256) {
        uint256 drawn = uint256(keccak256(abi.encode(seed, index)));
        return drawn % 16 == 0 ? drawn : (drawn >> 8) % 20_000;
    }

    function _lastEnded() private view returns (uint64) {
        return ledger.currentEpoch() - 1;
    }

    function _any(uint256 job) private view returns (uint256) {
        return _between(job, 1, escrow.jobCount());
    }

    function _server(uint256 server) private view returns (uint16) {
        return uint16(_between(server, _firstServer, _firstServer + _SERVERS - 1));
    }

    function _prefix(uint16[] memory ids, uint256 seed) private pure returns (uint16[] memory) {
        return _first(ids, seed % (ids.length + 1));
    }

    function _first(uint16[] memory ids, uint256 count) private pure returns (uint16[] memory some) {
        some = new uint16[](count < ids.length ? count : ids.length);
        for (uint256 i = 0; i < some.length; ++i) some[i] = ids[i];
    }
}
