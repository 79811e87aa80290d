/** The five pools in the order of the Genesis emission: name in the deployment, and beginning of its parameters' names. */
export const POOLS = [
  ["LiquidityPool", "liquidityPool"],
  ["ExpensesPool", "expensesPool"],
  ["MarketingPool", "marketingPool"],
  ["GrantsPool", "grantsPool"],
  ["SocialResponsibilityPool", "socialResponsibilityPool"],
] as const;

type PoolName = (typeof POOLS)[number][0];
const POOL_NAMES = POOLS.map(([name]) => name);

/** Contracts whose restricted functions answer to the manager. */
export const GOVERNED = [
  "OperatorRegistry",
  "OracleRegistry",
  "EpochLedger",
  "NodeDeed",
  "MasterNodeDeed",
  "GenesisNodeDeed",
  "NodeRegistry",
  "NodeDeedSale",
  "ResourceCatalog",
  "JobEscrow",
  ...POOL_NAMES,
] as const;

/** Every contract of the protocol, by its name in a deployment. */
export const CONTRACTS = ["AccessManager", "R1", "DeedRenderer", "AvailabilityRewards", ...GOVERNED] as const;
export type ContractName = (typeof CONTRACTS)[number];

/** The name of a contract's artifact. */
export function artifactOf(name: ContractName): Exclude<ContractName, PoolName> | "TreasuryPool" {
  return isPool(name) ? "TreasuryPool" : name;
}

const isPool = (name: ContractName): name is PoolName => (POOL_NAMES as readonly string[]).includes(name);
