// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MockV3Aggregator} from "@chainlink/contracts/src/v0.8/shared/mocks/MockV3Aggregator.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

import {Deed} from "../../contracts/deeds/Deed.sol";
import {DeedRenderer} from "../../contracts/deeds/DeedRenderer.sol";
import {GenesisNodeDeed} from "../../contracts/deeds/GenesisNodeDeed.sol";
import {MasterNodeDeed} from "../../contracts/deeds/MasterNodeDeed.sol";
import {NodeDeed} from "../../contracts/deeds/NodeDeed.sol";
import {NodeDeedSale} from "../../contracts/deeds/NodeDeedSale.sol";
import {AvailabilityRewardsDeployer} from "../../contracts/deployment/AvailabilityRewardsDeployer.sol";
import {EpochLedgerDeployer} from "../../contracts/deployment/EpochLedgerDeployer.sol";
import {NodeDeedSaleDeployer} from "../../contracts/deployment/NodeDeedSaleDeployer.sol";
import {NodeRegistryDeployer} from "../../contracts/deployment/NodeRegistryDeployer.sol";
import {OperatorRegistry} from "../../contracts/identity/OperatorRegistry.sol";
import {IAvailabilityRewards} from "../../contracts/interfaces/IAvailabilityRewards.sol";
import {IFeedReader} from "../../contracts/interfaces/IFeedReader.sol";
import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {NodeRegistry} from "../../contracts/nodes/NodeRegistry.sol";
import {EpochLedger} from "../../contracts/oracles/EpochLedger.sol";
import {OracleRegistry} from "../../contracts/oracles/OracleRegistry.sol";
import {AvailabilityRewards} from "../../contracts/rewards/AvailabilityRewards.sol";
import {R1} from "../../contracts/token/R1.sol";
import {TreasuryPool} from "../../contracts/treasury/TreasuryPool.sol";
import {TestBase} from "./TestBase.sol";

/// @title ProtocolDeployment
/// @notice The whole protocol with production schedules, wired as `deploy/modules/definition.ts` wires it. The test itself is
/// governance; the feed says one dollar.
abstract contract ProtocolDeployment is TestBase {
    uint256 internal constant GENESIS = 1_800_000_000;
    uint256 internal constant EPOCH = 1 days;
    uint256 internal constant DELAY = 1 days;
    uint256 internal constant ACTIVATION = 1 hours;
    uint256 internal constant ANSWER_WINDOW = 3 days;
    uint64 internal constant NODE_DURATION = 1080;
    uint64 internal constant MASTER_START = 223;
    uint64 internal constant MASTER_DURATION = 677;
    uint64 internal constant GENESIS_DURATION = 365;
    uint256 internal constant POOLS_UNLOCK = GENESIS;

    uint64 internal constant GUARDIAN = 1;
    uint64 internal constant COMPLIANCE = 2;
    uint64 internal constant TREASURER = 3;

    address internal immutable guardian = vm.addr(_key("guardian", 0));
    address internal immutable compliance = vm.addr(_key("compliance", 0));
    address internal immutable treasurer = vm.addr(_key("treasurer", 0));

    AccessManager internal manager;
    MockV3Aggregator internal feed;
    R1 internal r1;
    OperatorRegistry internal operators;
    OracleRegistry internal oracleRegistry;
    EpochLedger internal ledger;
    NodeDeed internal nodeDeed;
    MasterNodeDeed internal masterDeed;
    GenesisNodeDeed internal genesisDeed;
    NodeRegistry internal nodes;
    AvailabilityRewards internal rewards;
    NodeDeedSale internal sale;
    /// @dev Liquidity, expenses, marketing, grants, social responsibility.
    TreasuryPool[5] internal pools;

    function _deployProtocol() internal {
        vm.warp(GENESIS);
        manager = AccessManager(_create("AccessManager.sol:AccessManager", abi.encode(this)));
        feed = MockV3Aggregator(_create("MockV3Aggregator.sol:MockV3Aggregator", abi.encode(8, 1e8)));
        EpochLedgerDeployer ledgerSite = EpochLedgerDeployer(
            _create("EpochLedgerDeployer.sol:EpochLedgerDeployer", "")
        );
        NodeRegistryDeployer registrySite = NodeRegistryDeployer(
            _create("NodeRegistryDeployer.sol:NodeRegistryDeployer", "")
        );
        AvailabilityRewardsDeployer rewardsSite = AvailabilityRewardsDeployer(
            _create("AvailabilityRewardsDeployer.sol:AvailabilityRewardsDeployer", "")
        );
        NodeDeedSaleDeployer saleSite = NodeDeedSaleDeployer(
            _create("NodeDeedSaleDeployer.sol:NodeDeedSaleDeployer", "")
        );
        ledger = EpochLedger(ledgerSite.TARGET());
        nodes = NodeRegistry(registrySite.TARGET());
        rewards = AvailabilityRewards(rewardsSite.TARGET());
        sale = NodeDeedSale(saleSite.TARGET());

        r1 = R1(_create("R1.sol:R1", abi.encode(rewards)));
        operators = OperatorRegistry(_create("OperatorRegistry.sol:OperatorRegistry", abi.encode(manager)));
        bytes memory oracleArguments = abi.encode(manager, nodes, ledger, ANSWER_WINDOW);
        oracleRegistry = OracleRegistry(_create("OracleRegistry.sol:OracleRegistry", oracleArguments));
        ledgerSite.deploy(address(manager), oracleRegistry, GENESIS, EPOCH, ACTIVATION);
        _deployDeeds();
        registrySite.deploy(address(manager), ledger, operators, DELAY, nodeDeed, masterDeed, genesisDeed);
        _deployPools();
        rewardsSite.deploy(
            AvailabilityRewards.Wiring(r1, ledger, operators, nodeDeed, masterDeed, genesisDeed),
            _poolShares()
        );
        saleSite.deploy(
            address(manager),
            r1,
            nodeDeed,
            operators,
            address(pools[0]),
            address(pools[1]),
            IFeedReader.FeedConfig(feed, 1 days, 1e4, 1e14)
        );
        _grantRoles();
    }

    /// @dev A sister of the ledger, which the registry does not name.
    function _newLedger() internal returns (EpochLedger) {
        bytes memory arguments = abi.encode(manager, oracleRegistry, GENESIS, EPOCH, ACTIVATION);
        return EpochLedger(_create("EpochLedger.sol:EpochLedger", arguments));
    }

    function _newPool(string memory name, uint256 unlock, uint16[] memory milestones) internal returns (TreasuryPool) {
        bytes memory arguments = abi.encode(manager, r1, name, unlock, milestones);
        return TreasuryPool(_create("TreasuryPool.sol:TreasuryPool", arguments));
    }

    function _poolShares() internal view returns (IAvailabilityRewards.Pool[] memory shares) {
        uint16[5] memory points = [uint16(2671), 1384, 754, 3460, 1731];
        shares = new IAvailabilityRewards.Pool[](5);
        for (uint256 i = 0; i < 5; ++i) shares[i] = IAvailabilityRewards.Pool(address(pools[i]), points[i]);
    }

    function _deployDeeds() private {
        Deed.Wiring memory wiring = Deed.Wiring(
            address(manager),
            INodeRegistry(address(nodes)),
            operators,
            DeedRenderer(_create("DeedRenderer.sol:DeedRenderer", "")),
            address(rewards)
        );
        nodeDeed = NodeDeed(_create("NodeDeed.sol:NodeDeed", abi.encode(0, NODE_DURATION, sale, wiring)));
        bytes memory master = abi.encode(MASTER_START, MASTER_DURATION, wiring);
        masterDeed = MasterNodeDeed(_create("MasterNodeDeed.sol:MasterNodeDeed", master));
        bytes memory genesis = abi.encode(0, GENESIS_DURATION, wiring);
        genesisDeed = GenesisNodeDeed(_create("GenesisNodeDeed.sol:GenesisNodeDeed", genesis));
    }

    function _deployPools() private {
        for (uint256 i = 0; i < 5; ++i) {
            pools[i] = _newPool("pool", POOLS_UNLOCK, new uint16[](0));
        }
    }

    function _grantRoles() private {
        manager.grantRole(GUARDIAN, guardian, 0);
        manager.grantRole(COMPLIANCE, compliance, 0);
        manager.grantRole(TREASURER, treasurer, 0);
        _allow(address(sale), GUARDIAN, sale.pause.selector);
        _allow(address(nodes), GUARDIAN, nodes.pause.selector);
        _allow(address(ledger), GUARDIAN, ledger.pause.selector);
        _allow(address(operators), COMPLIANCE, operators.approve.selector);
        _allow(address(operators), COMPLIANCE, operators.revoke.selector);
        _allow(address(operators), COMPLIANCE, operators.ban.selector);
        _allow(address(operators), COMPLIANCE, operators.unban.selector);
        address[3] memory deeds = [address(nodeDeed), address(masterDeed), address(genesisDeed)];
        for (uint256 i = 0; i < 3; ++i) {
            _allow(deeds[i], COMPLIANCE, nodeDeed.ban.selector);
            _allow(deeds[i], COMPLIANCE, nodeDeed.unban.selector);
        }
        for (uint256 i = 0; i < 5; ++i) _allow(address(pools[i]), TREASURER, pools[i].release.selector);
    }

    function _allow(address target, uint64 role, bytes4 selector) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
    }
}
