// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFeedReader} from "../../contracts/interfaces/IFeedReader.sol";
import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {IResourceCatalog} from "../../contracts/interfaces/IResourceCatalog.sol";
import {CompactSignature} from "../../contracts/types/EpochReport.sol";
import {Leaf} from "../../contracts/types/Leaf.sol";
import {MerkleTree} from "./MerkleTree.sol";
import {ProtocolFixture} from "./ProtocolFixture.sol";

/// @title JobFixture
/// @notice A protocol with four oracles, a catalog, a job escrow, and the steps of a job: create, assign, serve, settle.
abstract contract JobFixture is ProtocolFixture {
    uint256 internal constant TERM = 30;
    uint16 internal constant LOW1 = 4;
    uint16 internal constant G_MED = 102;
    /// @dev $0.75 at one dollar for one R1.
    uint256 internal constant RATE = 0.75 ether;
    bytes32 internal constant SPEC = keccak256("specification");

    IResourceCatalog internal catalog;
    IJobEscrow internal escrow;
    address internal developer;

    function setUp() public virtual override {
        super.setUp();
        IFeedReader.FeedConfig memory config = IFeedReader.FeedConfig(feed, 1 days, 1e4, 1e14);
        bytes memory listed = abi.encode(manager, config, _listings());
        catalog = IResourceCatalog(_create("ResourceCatalog.sol:ResourceCatalog", listed));
        // The wiring is a static struct: its members are encoded one after the other.
        bytes memory wiring = abi.encode(r1, ledger, oracleRegistry, nodes, operators, nodeDeed, catalog);
        bytes memory arguments = bytes.concat(abi.encode(manager, TERM), wiring);
        escrow = IJobEscrow(_create("JobEscrow.sol:JobEscrow", arguments));
        _allow(address(escrow), GUARDIAN, escrow.pause.selector);
        _addOracles(4);
        developer = vm.addr(_key("developer", 0));
    }

    function _listings() private pure returns (IResourceCatalog.Listing[] memory listings) {
        listings = new IResourceCatalog.Listing[](2);
        listings[0].id = LOW1;
        listings[0].name = "LOW1";
        listings[0].class = IResourceCatalog.ResourceClass(0.75e8, 2_000, 4_096, 16_384, false, true);
        listings[1].id = G_MED;
        listings[1].name = "G-MED";
        listings[1].class = IResourceCatalog.ResourceClass(2.4e8, 0, 0, 0, true, true);
    }

    function _request(uint8 places, uint16 epochs) internal view returns (IJobEscrow.JobRequest memory) {
        return IJobEscrow.JobRequest(SPEC, LOW1, 0, places, epochs, type(uint256).max, _now());
    }

    /// @dev A job of the developer, paid with money made for it.
    function _createJob(uint8 places, uint16 epochs) internal returns (uint256 jobId) {
        return _createJobOf(developer, places, epochs);
    }

    function _createJobOf(address owner, uint8 places, uint16 epochs) internal returns (uint256 jobId) {
        feed.updateAnswer(1e8);
        _endow(owner, RATE * places * epochs);
        IJobEscrow.JobRequest memory request = _request(places, epochs);
        vm.prank(owner);
        return escrow.create(request);
    }

    /// @dev Gives `owner` money and lets the escrow take it.
    function _endow(address owner, uint256 amount) internal {
        _fund(owner, amount);
        vm.prank(owner);
        r1.approve(address(escrow), amount);
    }

    /// @dev `count` approved operators with a deed and a node each; gives the deeds' ids, which follow each other.
    function _servers(uint256 count) internal returns (uint16 firstId) {
        for (uint256 i = 0; i < count; ++i) {
            address owner = _operator("server", i);
            uint256 id = _buy(owner, 1);
            _associate(_nd(id), _key("server node", i));
            if (i == 0) firstId = uint16(id);
        }
    }

    function _ids(uint16 id) internal pure returns (uint16[] memory ids) {
        ids = new uint16[](1);
        ids[0] = id;
    }

    function _idsFrom(uint16 firstId, uint256 count) internal pure returns (uint16[] memory ids) {
        ids = new uint16[](count);
        for (uint256 i = 0; i < count; ++i) ids[i] = uint16(firstId + i);
    }

    function _noIds() internal pure returns (uint16[] memory) {
        return new uint16[](0);
    }

    function _assignment(
        uint256 jobId,
        uint16[] memory leaving,
        uint16[] memory joining
    ) internal view returns (IJobEscrow.Assignment memory) {
        uint16 sequence = escrow.jobOf(jobId).sequence;
        return IJobEscrow.Assignment(jobId, sequence, leaving, joining, uint64(_now()));
    }

    function _signed(IJobEscrow.Assignment memory assignment) internal view returns (CompactSignature[] memory signed) {
        bytes32 digest = escrow.digestOf(assignment);
        signed = new CompactSignature[](oracleRegistry.quorum());
        for (uint256 i = 0; i < signed.length; ++i) signed[i] = _compact(oracleKeys[i], digest);
    }

    function _assign(uint256 jobId, uint16[] memory leaving, uint16[] memory joining) internal {
        IJobEscrow.Assignment memory assignment = _assignment(jobId, leaving, joining);
        escrow.assign(assignment, _signed(assignment));
    }

    function _join(uint256 jobId, uint16 id) internal {
        _assign(jobId, _noIds(), _ids(id));
    }

    function _serviceLeaf(uint256 jobId, uint16 id, uint256 cumulative) internal pure returns (bytes32) {
        return Leaf.service(jobId, _nd(id), cumulative);
    }

    /// @dev Commits a tree of one service leaf, lets it become active, and settles it.
    function _serve(uint256 jobId, uint16 id, uint64 epoch, uint256 cumulative) internal returns (uint256 paid) {
        _commitService(jobId, id, epoch, cumulative);
        return escrow.settle(jobId, id, epoch, cumulative, _noProof());
    }

    function _commitService(uint256 jobId, uint16 id, uint64 epoch, uint256 cumulative) internal {
        _commit(epoch, _serviceLeaf(jobId, id, cumulative));
    }

    function _tree(
        uint256 jobId,
        uint16[] memory ids,
        uint256[] memory cumulatives
    ) internal pure returns (bytes32[] memory tree) {
        bytes32[] memory leaves = new bytes32[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) leaves[i] = _serviceLeaf(jobId, ids[i], cumulatives[i]);
        return MerkleTree.build(leaves);
    }

    /// @dev The last epoch of a job that began.
    function _lastEpoch(uint256 jobId) internal view returns (uint64) {
        IJobEscrow.Job memory job = escrow.jobOf(jobId);
        return uint64(job.start) + job.epochs - 1;
    }

    /// @dev Goes to the begin of `epoch`.
    function _enter(uint64 epoch) internal {
        vm.warp(ledger.epochEnd(epoch) - EPOCH);
    }
}
