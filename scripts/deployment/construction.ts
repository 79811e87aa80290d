import { addressOf, type Deployment } from "../../keepers/chain/deployment.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { GENESIS_POOLS } from "../../keepers/protocol/supply.js";
import { PRICE_LIST } from "../../deploy/modules/classes.js";
import { type ContractName, POOLS } from "./names.js";
import type { Subject } from "./types.js";

/** A value of the parameter file. @throws KeeperError `PARAMETERS_INCOMPLETE` */
export function parameter(
  { parameters }: Pick<Subject, "parameters">,
  name: string,
): string | bigint | readonly bigint[] {
  const value = parameters.protocol[name];
  if (value !== undefined) return value;
  throw new KeeperError("PARAMETERS_INCOMPLETE", `the parameter file has no ${name}`);
}

/** What each contract's constructor was given: the parameters, and where the other contracts stand. */
export function constructorArguments(subject: Subject): Readonly<Record<ContractName, readonly unknown[]>> {
  const at = (name: ContractName): string => addressOf(subject.deployment, name);
  const of = (name: string) => parameter(subject, name);
  const manager = at("AccessManager");
  const deedWiring = [
    manager,
    at("NodeRegistry"),
    at("OperatorRegistry"),
    at("DeedRenderer"),
    at("AvailabilityRewards"),
  ];
  const deeds = [at("NodeDeed"), at("MasterNodeDeed"), at("GenesisNodeDeed")];
  const feed = feedConfig(subject);
  const pools = Object.fromEntries(
    POOLS.map(([name, key]) => [name, [manager, at("R1"), name, of(`${key}UnlockTime`), of(`${key}Milestones`)]]),
  ) as unknown as Record<(typeof POOLS)[number][0], readonly unknown[]>;
  return {
    AccessManager: [manager],
    R1: [at("AvailabilityRewards")],
    OperatorRegistry: [manager],
    DeedRenderer: [],
    OracleRegistry: [manager, at("NodeRegistry"), at("EpochLedger"), of("answerWindow")],
    EpochLedger: [manager, at("OracleRegistry"), of("genesis"), of("epochDuration"), of("activationDelay")],
    NodeDeed: [of("nodeDeedStart"), of("nodeDeedDuration"), at("NodeDeedSale"), deedWiring],
    MasterNodeDeed: [of("masterNodeDeedStart"), of("masterNodeDeedDuration"), deedWiring],
    GenesisNodeDeed: [of("genesisNodeDeedStart"), of("genesisNodeDeedDuration"), deedWiring],
    NodeRegistry: [manager, at("EpochLedger"), at("OperatorRegistry"), of("reassociationDelay"), ...deeds],
    AvailabilityRewards: [
      [at("R1"), at("EpochLedger"), at("OperatorRegistry"), ...deeds],
      genesisPools(subject.deployment),
    ],
    NodeDeedSale: [
      manager,
      at("R1"),
      at("NodeDeed"),
      at("OperatorRegistry"),
      at("LiquidityPool"),
      at("ExpensesPool"),
      feed,
    ],
    ResourceCatalog: [manager, feed, PRICE_LIST.map((line) => ({ ...line }))],
    JobEscrow: [
      manager,
      of("jobTerm"),
      [
        at("R1"),
        at("EpochLedger"),
        at("OracleRegistry"),
        at("NodeRegistry"),
        at("OperatorRegistry"),
        at("NodeDeed"),
        at("ResourceCatalog"),
      ],
    ],
    ...pools,
  };
}

/** Feed, largest age, least and most price, as the sale and the catalog began with them. */
export function feedConfig(subject: Subject): readonly unknown[] {
  const of = (name: string) => parameter(subject, name);
  return [subject.feed, of("feedMaxAge"), of("feedLeast"), of("feedMost")];
}

/** Where the Genesis emission goes: account, and share in basis points. */
export function genesisPools(deployment: Deployment): readonly (readonly [string, number])[] {
  const shares = Object.values(GENESIS_POOLS);
  return POOLS.map(([name], index) => [addressOf(deployment, name), shares[index] as number]);
}
