import type {
  ArgumentType,
  IgnitionModuleBuilder,
  NamedArtifactContractDeploymentFuture,
} from "@nomicfoundation/ignition-core";
import { id } from "ethers";

import { PRICE_LIST } from "./classes.js";
import { GRANTS, ROLE_GUARDIANS, ROLES, type Role } from "./roles.js";

type Contract = NamedArtifactContractDeploymentFuture<string>;

/** Shares of what the Genesis deed mines, in basis points (paper, section 3.3). */
const POOL_SHARES = {
  LiquidityPool: 2671,
  ExpensesPool: 1384,
  MarketingPool: 754,
  GrantsPool: 3460,
  SocialResponsibilityPool: 1731,
} as const;

type PoolName = keyof typeof POOL_SHARES;

const POOL_NAMES = Object.keys(POOL_SHARES) as PoolName[];

/**
 * The whole protocol, every contract at its final wiring: four contracts that others name in immutables are made by a
 * `Deployer`, whose address tells where they will be.
 *
 * @param feed Address or future of the R1/USD feed that the sale and the catalog read.
 */
export function defineProtocol(m: IgnitionModuleBuilder, feed: ArgumentType) {
  const manager = m.contract("AccessManager", [m.getAccount(0)]);
  const sites = {
    ledger: m.contract("EpochLedgerDeployer"),
    registry: m.contract("NodeRegistryDeployer"),
    rewards: m.contract("AvailabilityRewardsDeployer"),
    sale: m.contract("NodeDeedSaleDeployer"),
  };
  const ledgerAddress = m.staticCall(sites.ledger, "TARGET");
  const registryAddress = m.staticCall(sites.registry, "TARGET");
  const rewardsAddress = m.staticCall(sites.rewards, "TARGET");
  const saleAddress = m.staticCall(sites.sale, "TARGET");

  const R1 = m.contract("R1", [rewardsAddress]);
  const OperatorRegistry = m.contract("OperatorRegistry", [manager]);
  const DeedRenderer = m.contract("DeedRenderer");
  const OracleRegistry = m.contract("OracleRegistry", [
    manager,
    registryAddress,
    ledgerAddress,
    m.getParameter<bigint>("answerWindow"),
  ]);
  const madeLedger = m.call(sites.ledger, "deploy", [
    manager,
    OracleRegistry,
    m.getParameter<bigint>("genesis"),
    m.getParameter<bigint>("epochDuration"),
    m.getParameter<bigint>("activationDelay"),
  ]);
  const EpochLedger = m.contractAt("EpochLedger", ledgerAddress, { after: [madeLedger] });

  const wiring = {
    authority: manager,
    nodeRegistry: registryAddress,
    operators: OperatorRegistry,
    renderer: DeedRenderer,
    rewards: rewardsAddress,
  };
  const NodeDeed = m.contract("NodeDeed", [...schedule(m, "nodeDeed"), saleAddress, wiring]);
  const MasterNodeDeed = m.contract("MasterNodeDeed", [...schedule(m, "masterNodeDeed"), wiring]);
  const GenesisNodeDeed = m.contract("GenesisNodeDeed", [...schedule(m, "genesisNodeDeed"), wiring]);

  const madeRegistry = m.call(sites.registry, "deploy", [
    manager,
    EpochLedger,
    OperatorRegistry,
    m.getParameter<bigint>("reassociationDelay"),
    NodeDeed,
    MasterNodeDeed,
    GenesisNodeDeed,
  ]);
  const NodeRegistry = m.contractAt("NodeRegistry", registryAddress, { after: [madeRegistry] });

  const pools = definePools(m, manager, R1);
  const madeRewards = m.call(sites.rewards, "deploy", [
    {
      r1: R1,
      ledger: EpochLedger,
      operators: OperatorRegistry,
      nodeDeed: NodeDeed,
      masterNodeDeed: MasterNodeDeed,
      genesisNodeDeed: GenesisNodeDeed,
    },
    POOL_NAMES.map((name) => ({ account: pools[name], share: POOL_SHARES[name] })),
  ]);
  const AvailabilityRewards = m.contractAt("AvailabilityRewards", rewardsAddress, { after: [madeRewards] });

  const feedConfig = {
    feed,
    maxAge: m.getParameter<bigint>("feedMaxAge"),
    least: m.getParameter<bigint>("feedLeast"),
    most: m.getParameter<bigint>("feedMost"),
  };
  const madeSale = m.call(sites.sale, "deploy", [
    manager,
    R1,
    NodeDeed,
    OperatorRegistry,
    pools.LiquidityPool,
    pools.ExpensesPool,
    feedConfig,
  ]);
  const NodeDeedSale = m.contractAt("NodeDeedSale", saleAddress, { after: [madeSale] });

  const ResourceCatalog = m.contract("ResourceCatalog", [manager, feedConfig, PRICE_LIST.map((line) => ({ ...line }))]);
  const JobEscrow = m.contract("JobEscrow", [
    manager,
    m.getParameter<bigint>("jobTerm"),
    {
      r1: R1,
      ledger: EpochLedger,
      oracles: OracleRegistry,
      nodeRegistry: NodeRegistry,
      operators: OperatorRegistry,
      nodeDeed: NodeDeed,
      catalog: ResourceCatalog,
    },
  ]);

  const contracts = {
    AccessManager: manager,
    R1,
    OperatorRegistry,
    DeedRenderer,
    OracleRegistry,
    EpochLedger,
    NodeDeed,
    MasterNodeDeed,
    GenesisNodeDeed,
    NodeRegistry,
    AvailabilityRewards,
    NodeDeedSale,
    ResourceCatalog,
    JobEscrow,
    ...pools,
  };
  defineRoles(m, manager, contracts);
  return contracts;
}

/** A class's start epoch and duration in epochs. */
function schedule(m: IgnitionModuleBuilder, deed: string): [ArgumentType, ArgumentType] {
  return [m.getParameter<bigint>(`${deed}Start`), m.getParameter<bigint>(`${deed}Duration`)];
}

function definePools(m: IgnitionModuleBuilder, manager: Contract, r1: Contract): Record<PoolName, Contract> {
  const define = (name: PoolName) => {
    const key = name.charAt(0).toLowerCase() + name.slice(1);
    const args = [
      manager,
      r1,
      name,
      m.getParameter<bigint>(`${key}UnlockTime`),
      m.getParameter<bigint[]>(`${key}Milestones`),
    ];
    return m.contract("TreasuryPool", args, { id: name });
  };
  return Object.fromEntries(POOL_NAMES.map((name) => [name, define(name)])) as Record<PoolName, Contract>;
}

/** Labels the roles, maps functions to them, and grants each, with its delay, to the account that the parameters name. */
function defineRoles(m: IgnitionModuleBuilder, manager: Contract, contracts: Record<string, ArgumentType>): void {
  for (const role of Object.keys(GRANTS) as Exclude<Role, "governance">[]) {
    m.call(manager, "labelRole", [ROLES[role], role], { id: `label_${role}` });
    const delay = m.getParameter<bigint>(`${role}Delay`, 0n);
    m.call(manager, "grantRole", [ROLES[role], m.getParameter<string>(role), delay], { id: `grant_${role}` });
    const guardian = ROLE_GUARDIANS[role];
    if (guardian !== undefined) {
      m.call(manager, "setRoleGuardian", [ROLES[role], ROLES[guardian]], { id: `guard_${role}` });
    }
    for (const { contract, functions } of GRANTS[role]) {
      const args = [contracts[contract] as Contract, functions.map(selectorOf), ROLES[role]];
      m.call(manager, "setTargetFunctionRole", args, { id: `allow_${role}_${contract}` });
    }
  }
}

function selectorOf(signature: string): string {
  return id(signature).slice(0, 10);
}
