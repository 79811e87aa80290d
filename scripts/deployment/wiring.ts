import { Contract } from "ethers";

import { addressOf } from "../../keepers/chain/deployment.js";
import { type ContractName, GOVERNED, POOLS } from "./names.js";
import { type Check, compare, type Subject } from "./types.js";

type Link = readonly [from: ContractName, getter: string, to: ContractName];

const DEED_LINKS = (["NodeDeed", "MasterNodeDeed", "GenesisNodeDeed"] as const).flatMap((deed): Link[] => [
  [deed, "NODE_REGISTRY", "NodeRegistry"],
  [deed, "OPERATORS", "OperatorRegistry"],
  [deed, "RENDERER", "DeedRenderer"],
  [deed, "REWARDS", "AvailabilityRewards"],
]);

const COLLECTION_LINKS = (["NodeRegistry", "AvailabilityRewards"] as const).flatMap((holder): Link[] => [
  [holder, "NODE_DEED", "NodeDeed"],
  [holder, "MASTER_NODE_DEED", "MasterNodeDeed"],
  [holder, "GENESIS_NODE_DEED", "GenesisNodeDeed"],
  [holder, "OPERATORS", "OperatorRegistry"],
]);

/** Every getter that names another contract of the protocol. */
export const LINKS: readonly Link[] = [
  ...GOVERNED.map((name): Link => [name, "authority", "AccessManager"]),
  ["R1", "MINTER", "AvailabilityRewards"],
  ["OracleRegistry", "NODE_REGISTRY", "NodeRegistry"],
  ["OracleRegistry", "LEDGER", "EpochLedger"],
  ["EpochLedger", "ORACLES", "OracleRegistry"],
  ["NodeDeed", "SALE", "NodeDeedSale"],
  ...DEED_LINKS,
  ...COLLECTION_LINKS,
  ["AvailabilityRewards", "TOKEN", "R1"],
  ["AvailabilityRewards", "LEDGER", "EpochLedger"],
  ["NodeDeedSale", "TOKEN", "R1"],
  ["NodeDeedSale", "NODE_DEED", "NodeDeed"],
  ["NodeDeedSale", "OPERATORS", "OperatorRegistry"],
  ["NodeDeedSale", "LIQUIDITY_WALLET", "LiquidityPool"],
  ["NodeDeedSale", "OPERATIONS_WALLET", "ExpensesPool"],
  ["JobEscrow", "TOKEN", "R1"],
  ["JobEscrow", "LEDGER", "EpochLedger"],
  ["JobEscrow", "ORACLES", "OracleRegistry"],
  ["JobEscrow", "NODE_REGISTRY", "NodeRegistry"],
  ["JobEscrow", "OPERATORS", "OperatorRegistry"],
  ["JobEscrow", "NODE_DEED", "NodeDeed"],
  ["JobEscrow", "CATALOG", "ResourceCatalog"],
  ...POOLS.map(([name]): Link => [name, "TOKEN", "R1"]),
];

export async function wiringChecks({ deployment, provider, progress }: Subject): Promise<Check[]> {
  progress("following the wiring");
  return Promise.all(
    LINKS.map(async ([from, getter, to]) => {
      const contract = new Contract(
        addressOf(deployment, from),
        [`function ${getter}() view returns (address)`],
        provider,
      );
      return compare("wiring", `${from}.${getter}`, {
        expected: addressOf(deployment, to),
        found: await readable(contract.getFunction(getter)() as Promise<string>),
        advice: `it has to name ${to}: a deployment file of another deployment, or a contract that was put in its place`,
      });
    }),
  );
}

/** What a getter answers, or why it does not: a contract that cannot be read is a finding, not the end of the check. */
export async function readable<T>(reading: Promise<T>): Promise<T | string> {
  try {
    return await reading;
  } catch {
    return "nothing that can be read";
  }
}
