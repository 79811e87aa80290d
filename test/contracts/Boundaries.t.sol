// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MockV3Aggregator} from "@chainlink/contracts/src/v0.8/shared/mocks/MockV3Aggregator.sol";

import {IDeedRenderer} from "../../contracts/interfaces/IDeedRenderer.sol";
import {IFeedReader} from "../../contracts/interfaces/IFeedReader.sol";
import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {IResourceCatalog} from "../../contracts/interfaces/IResourceCatalog.sol";
import {MockUsd} from "../../contracts/mocks/MockUsd.sol";
import {DeedId, DeedKind} from "../../contracts/types/DeedId.sol";
import {CompactSignature} from "../../contracts/types/EpochReport.sol";
import {JobFixture} from "../helpers/JobFixture.sol";

// What lies at the edge of what the contracts take
// ├── catalog: no class without an id, a price or a name; no feed of more than 40 decimals
// ├── escrow: no term of zero or more than the longest job, no rate above 80 bits, no multiproof of another tree
// ├── feed: in the first seconds of a chain, younger than the age allowed, an answer of any age counts
// ├── pool price: a pool whose liquidity is beyond measure is liquid enough
// ├── node registry: a collection of any class may say that a deed went to somebody else, nobody else may
// ├── oracle registry: the set of each version stays where it was written
// └── renderer: a deed that mines nothing has an empty bar
contract BoundariesTest is JobFixture {
    uint16 private constant ID = 77;

    function _offer(uint64 price) private pure returns (IResourceCatalog.ResourceClass memory) {
        return IResourceCatalog.ResourceClass(price, 1_000, 1_024, 1_024, false, true);
    }

    function test_refusesAClassWithoutId() public {
        vm.expectRevert(abi.encodeWithSelector(IResourceCatalog.ResourceCatalog_ZeroId.selector));
        catalog.setClass(0, "NONE", _offer(1));
    }

    function test_refusesAClassWithoutPrice() public {
        vm.expectRevert(abi.encodeWithSelector(IResourceCatalog.ResourceCatalog_ZeroPrice.selector, ID));
        catalog.setClass(ID, "FREE", _offer(0));
    }

    function test_refusesAClassWithoutName() public {
        vm.expectRevert(abi.encodeWithSelector(IResourceCatalog.ResourceCatalog_NoName.selector, ID));
        catalog.setClass(ID, "", _offer(1));
        catalog.setClass(ID, "NAMED", _offer(1));
        vm.assertEq(catalog.classOf(ID).price, 1, "with a name it is taken");
    }

    function test_refusesAFeedOfTooManyDecimals() public {
        IFeedReader.FeedConfig memory config = catalog.feedConfig();
        config.feed = new MockV3Aggregator(41, 1e8);
        vm.expectRevert(abi.encodeWithSelector(IFeedReader.FeedReader_BadConfig.selector, config));
        catalog.configureFeed(config);
        config.feed = new MockV3Aggregator(40, 1e8);
        catalog.configureFeed(config);
        vm.assertEq(address(catalog.feedConfig().feed), address(config.feed), "40 are taken");
    }

    function test_refusesTermsThatNoJobCouldHave() public {
        _refuseTerm(0);
        _refuseTerm(3_651);
        vm.assertTrue(this.makeEscrow(3_650) != address(0), "the longest is taken");
    }

    function test_refusesARateThatDoesNotFit() public {
        feed.updateAnswer(1e4);
        catalog.setClass(ID, "DEAR", _offer(type(uint64).max));
        uint256 rate = catalog.rateOf(ID, 0);
        vm.assertGt(rate, type(uint80).max, "above 80 bits");
        IJobEscrow.JobRequest memory request = _request(1, 30);
        request.class = ID;
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_RateTooHigh.selector, rate));
        escrow.create(request);
    }

    function test_refusesAMultiproofOfAnotherTree() public {
        uint16 id = _servers(1);
        uint256 jobId = _createJob(1, 30);
        _join(jobId, id);
        uint64 last = _lastEpoch(jobId);
        _commitService(jobId, id, last, 30 * 255);
        uint256[] memory sums = new uint256[](1);
        sums[0] = 30 * 255 - 1;
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_InvalidProof.selector));
        escrow.settleMany(jobId, last, _ids(id), sums, _noProof(), new bool[](0));
        sums[0] = 30 * 255;
        uint256 paid = escrow.settleMany(jobId, last, _ids(id), sums, _noProof(), new bool[](0));
        vm.assertEq(paid, (RATE * 30 * 85) / 100, "and pays by its own");
    }

    function test_aChainYoungerThanTheAgeTakesAnyAnswer() public {
        vm.warp(1 hours);
        feed.updateAnswer(2e8);
        vm.assertEq(catalog.rateOf(LOW1, 0), RATE / 2, "at two dollars");
    }

    function test_aPoolThatTellsOfNoScarcityIsLiquid() public {
        address pool = vm.addr(_key("pool", 0));
        MockUsd dollar = new MockUsd();
        int56[] memory ticks = new int56[](2);
        vm.etch(pool, hex"00");
        vm.mockCall(pool, abi.encodeWithSignature("token0()"), abi.encode(r1));
        vm.mockCall(pool, abi.encodeWithSignature("token1()"), abi.encode(dollar));
        vm.mockCall(pool, hex"883bdbfd", abi.encode(ticks, new uint160[](2)));
        bytes memory arguments = abi.encode(pool, r1, uint32(600), type(uint128).max);
        address twap = _create("TwapFeed.sol:TwapFeed", arguments);
        (, int256 answer, , , ) = MockV3Aggregator(twap).latestRoundData();
        vm.assertEq(uint256(answer), 1e20, "one smallest unit for one: a million million dollars for one R1");
    }

    function test_onlyCollectionsTellOfTransfers() public {
        DeedId master = _associated(_issueMaster(_operator("master", 0), 1 ether), "master node");
        DeedId genesis = _associated(_issueGenesis(_operator("genesis", 0)), "genesis node");
        vm.assertTrue(DeedId.unwrap(master) != DeedId.unwrap(genesis), "two deeds");
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_NotDeedContract.selector, address(this)));
        nodes.onDeedTransfer(master.tokenId());
        _tellTransfer(address(masterDeed), master);
        _tellTransfer(address(genesisDeed), genesis);
    }

    function test_setsStayWhereTheyWereWritten() public {
        (address before, uint32 version) = _currentSet();
        vm.assertEq(oracleRegistry.setOf(version), before, "the set of now");
        _addOracle(_key("newcomer's node", 0), _operator("newcomer", 0));
        (address afterwards, uint32 next) = _currentSet();
        vm.assertEq(oracleRegistry.setOf(version), before, "the set before stays");
        vm.assertEq(oracleRegistry.setOf(next), afterwards, "the set after has its own place");
        vm.assertTrue(before != afterwards && next == version + 1, "one version more");
    }

    function _currentSet() private view returns (address pointer, uint32 version) {
        bytes32 digest = keccak256("anything");
        CompactSignature[] memory signed = new CompactSignature[](oracleRegistry.quorum());
        for (uint256 i = 0; i < signed.length; ++i) signed[i] = _compact(oracleKeys[i], digest);
        (, pointer, version) = oracleRegistry.verify(digest, signed);
    }

    function test_whatMinesNothingHasAnEmptyBar() public view {
        string memory nothing = nodeDeed.RENDERER().render(_face(0));
        vm.assertTrue(bytes(nothing).length != 0, "has a picture");
        vm.assertFalse(_same(nothing, nodeDeed.RENDERER().render(_face(1 ether))), "and tells what it mines");
    }

    function _face(uint256 allocation) private pure returns (IDeedRenderer.Face memory) {
        return IDeedRenderer.Face(DeedKind.Master, 1, allocation, 0, address(0), false);
    }

    function _same(string memory a, string memory b) private pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }

    function _associated(DeedId deed, string memory node) private returns (DeedId) {
        _associate(deed, _key(node, 0));
        return deed;
    }

    function _tellTransfer(address collection, DeedId deed) private {
        vm.assertTrue(nodes.nodeOf(deed) != address(0), "has a node");
        vm.prank(collection);
        nodes.onDeedTransfer(deed.tokenId());
        vm.assertEq(nodes.nodeOf(deed), address(0), "has none any more");
    }

    /// @dev External, so that its refusal can be expected.
    function makeEscrow(uint256 term) external returns (address) {
        bytes memory wiring = abi.encode(r1, ledger, oracleRegistry, nodes, operators, nodeDeed, catalog);
        return _create("JobEscrow.sol:JobEscrow", bytes.concat(abi.encode(manager, term), wiring));
    }

    function _refuseTerm(uint256 term) private {
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_BadTerm.selector, term));
        this.makeEscrow(term);
    }
}
