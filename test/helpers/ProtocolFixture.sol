// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {IOperatorRegistry} from "../../contracts/interfaces/IOperatorRegistry.sol";
import {DeedId, DeedIdLib, DeedKind} from "../../contracts/types/DeedId.sol";
import {CompactSignature, EpochReport} from "../../contracts/types/EpochReport.sol";
import {Leaf} from "../../contracts/types/Leaf.sol";
import {MerkleTree} from "./MerkleTree.sol";
import {ProtocolDeployment} from "./ProtocolDeployment.sol";

/// @title ProtocolFixture
/// @notice A deployed protocol and the story's steps: approve, issue, buy, associate, add oracles, commit, claim.
abstract contract ProtocolFixture is ProtocolDeployment {
    uint256 internal constant FULL = 255;
    bytes32 internal constant ASSOCIATION_TYPE = keccak256("Association(uint256 deed,address owner,uint256 deadline)");

    /// @dev Keys of the oracles, ascending by address.
    uint256[] internal oracleKeys;

    function setUp() public virtual {
        _deployProtocol();
    }

    // ---------------------------------------------------------------- operators

    /// @dev An approved operator that goes by `name`.
    function _operator(string memory name, uint256 index) internal returns (address operator) {
        operator = vm.addr(_key(name, index));
        _approve(operator);
    }

    function _approve(address operator) internal {
        vm.prank(compliance);
        operators.approve(operator, uint48(_now() + 100 * 365 days), IOperatorRegistry.Verification.Person);
    }

    function _ban(address operator) internal {
        vm.prank(compliance);
        operators.ban(operator, "fraud");
    }

    function _unban(address operator) internal {
        vm.prank(compliance);
        operators.unban(operator);
    }

    function _banDeed(DeedId deed) internal {
        IDeed collection = _collection(deed);
        vm.prank(compliance);
        collection.ban(deed.tokenId(), "fraud");
    }

    function _unbanDeed(DeedId deed) internal {
        IDeed collection = _collection(deed);
        vm.prank(compliance);
        collection.unban(deed.tokenId());
    }

    // ---------------------------------------------------------------- deeds

    function _nd(uint256 tokenId) internal pure returns (DeedId) {
        return DeedIdLib.encode(DeedKind.Node, tokenId);
    }

    function _collection(DeedId deed) internal view returns (IDeed) {
        return IDeed(nodes.collectionOf(deed));
    }

    function _ownerOf(DeedId deed) internal view returns (address) {
        return _collection(deed).ownerOf(deed.tokenId());
    }

    /// @dev Wei for tests that are not about where it comes from.
    function _fund(address account, uint256 amount) internal {
        vm.prank(address(rewards));
        r1.mint(account, amount);
    }

    /// @dev Buys `count` deeds with money made for it.
    function _buy(address buyer, uint256 count) internal returns (uint256 firstId) {
        feed.updateAnswer(1e8);
        (, uint256 payment) = sale.quote(count);
        _fund(buyer, payment);
        vm.startPrank(buyer);
        r1.approve(address(sale), payment);
        firstId = sale.buy(count, payment, _now(), buyer);
        vm.stopPrank();
    }

    function _issueMaster(address to, uint256 allocation) internal returns (DeedId) {
        return DeedIdLib.encode(DeedKind.Master, masterDeed.issue(to, allocation));
    }

    function _issueGenesis(address to) internal returns (DeedId) {
        genesisDeed.issue(to);
        return DeedIdLib.encode(DeedKind.Genesis, 1);
    }

    // ---------------------------------------------------------------- nodes

    /// @dev The node's signed consent, for this chain and this registry.
    function _consent(
        uint256 nodeKey,
        DeedId deed,
        address owner,
        uint256 deadline
    ) internal view returns (bytes memory) {
        bytes32 structHash = keccak256(abi.encode(ASSOCIATION_TYPE, deed, owner, deadline));
        return _sign65(nodeKey, _typedDigest("NodeRegistry", address(nodes), structHash));
    }

    /// @dev Associates the node with `nodeKey`, by the deed's owner.
    function _associate(DeedId deed, uint256 nodeKey) internal returns (address node) {
        node = vm.addr(nodeKey);
        address owner = _ownerOf(deed);
        bytes memory consent = _consent(nodeKey, deed, owner, _now());
        uint256 deadline = _now();
        vm.prank(owner);
        nodes.associate(deed, node, deadline, consent);
    }

    /// @dev An approved operator with one ND and its node.
    function _operatorWithNode(string memory name) internal returns (address owner, DeedId deed, uint256 nodeKey) {
        owner = _operator(name, 0);
        deed = _nd(_buy(owner, 1));
        nodeKey = _key(name, 1);
        _associate(deed, nodeKey);
    }

    // ---------------------------------------------------------------- oracles

    /// @dev `count` oracles, each with an owner and a small MND of its own.
    function _addOracles(uint256 count) internal {
        for (uint256 i = 0; i < count; ++i) _addOracle(_key("oracle", i), _operator("oracle owner", i));
    }

    function _addOracle(uint256 key, address owner) internal returns (DeedId deed) {
        deed = _issueMaster(owner, 1 ether);
        address oracle = _associate(deed, key);
        oracleRegistry.addOracle(oracle);
        _keepOracleKey(key);
    }

    function _keepOracleKey(uint256 key) internal {
        oracleKeys.push(key);
        for (uint256 i = oracleKeys.length - 1; i > 0; --i) {
            if (vm.addr(oracleKeys[i - 1]) < vm.addr(oracleKeys[i])) break;
            (oracleKeys[i - 1], oracleKeys[i]) = (oracleKeys[i], oracleKeys[i - 1]);
        }
    }

    function _dropOracleKey(uint256 index) internal {
        for (uint256 i = index; i + 1 < oracleKeys.length; ++i) oracleKeys[i] = oracleKeys[i + 1];
        oracleKeys.pop();
    }

    function _compact(uint256 key, bytes32 digest) internal pure returns (CompactSignature memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return CompactSignature(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }

    /// @dev The first `count` oracles' signatures.
    function _signatures(
        EpochReport memory report,
        uint256 count
    ) internal view returns (CompactSignature[] memory signatures) {
        bytes32 digest = ledger.digestOf(report);
        signatures = new CompactSignature[](count);
        for (uint256 i = 0; i < count; ++i) signatures[i] = _compact(oracleKeys[i], digest);
    }

    function _report(uint64 epoch, bytes32 root) internal view returns (EpochReport memory) {
        (, , bytes32 previousRoot) = ledger.latest();
        return EpochReport(epoch, previousRoot, root, keccak256("leaf file"), 1);
    }

    /// @dev Ends `epoch` if it runs, and commits `root` for it with a bare quorum: it is pending.
    function _propose(uint64 epoch, bytes32 root) internal {
        _waitForActivation();
        if (_now() < ledger.epochEnd(epoch)) vm.warp(ledger.epochEnd(epoch));
        EpochReport memory report = _report(epoch, root);
        ledger.commit(report, _signatures(report, oracleRegistry.quorum()));
    }

    /// @dev The same, and waits until it is active.
    function _commit(uint64 epoch, bytes32 root) internal {
        _propose(epoch, root);
        _waitForActivation();
    }

    function _waitForActivation() internal {
        (, , uint256 activeFrom) = ledger.pending();
        if (activeFrom != 0) vm.warp(activeFrom);
    }

    /// @dev Commits a tree of one availability leaf: the root is the leaf, the proof is empty.
    function _commitLeaf(uint64 epoch, DeedId deed, uint256 cumulative) internal {
        _commit(epoch, Leaf.availability(deed, cumulative));
    }

    /// @dev Nodes of a tree of availability leaves in the order given.
    function _treeOver(DeedId[] memory deeds, uint256[] memory cumulatives) internal pure returns (bytes32[] memory) {
        bytes32[] memory leaves = new bytes32[](deeds.length);
        for (uint256 i = 0; i < deeds.length; ++i) leaves[i] = Leaf.availability(deeds[i], cumulatives[i]);
        return MerkleTree.build(leaves);
    }

    /// @dev Commits such a tree, and returns its nodes.
    function _commitLeaves(
        uint64 epoch,
        DeedId[] memory deeds,
        uint256[] memory cumulatives
    ) internal returns (bytes32[] memory tree) {
        tree = _treeOver(deeds, cumulatives);
        _commit(epoch, MerkleTree.root(tree));
    }

    // ---------------------------------------------------------------- claims

    function _noProof() internal pure returns (bytes32[] memory) {
        return new bytes32[](0);
    }

    /// @dev Commits one leaf and claims it.
    function _earn(uint64 epoch, DeedId deed, uint256 cumulative) internal returns (uint256 amount) {
        _commitLeaf(epoch, deed, cumulative);
        return rewards.claim(deed, epoch, cumulative, _noProof());
    }
}
