import { PRICE_LIST } from "../../deploy/modules/classes.js";
import { feedConfig, genesisPools, parameter } from "./construction.js";
import { POOLS } from "./names.js";
import { type Check, compare, type Subject } from "./types.js";

const FIXED = "it can never be changed on chain: the parameter file is of another deployment";
const GOVERNED = "if governance changed it, write the new value into the parameter file; else find out who did";

/** The values of the parameter file, and what the project fixes for every deployment. */
export async function parameterChecks(subject: Subject): Promise<Check[]> {
  subject.progress("reading the parameters");
  const groups = await Promise.all([schedules(subject), feeds(subject), pools(subject), classes(subject)]);
  return groups.flat();
}

async function schedules(subject: Subject): Promise<Check[]> {
  const { epochLedger, oracleRegistry, nodeRegistry, jobEscrow, nodeDeed, masterNodeDeed, genesisNodeDeed } =
    subject.contracts;
  const readings: readonly (readonly [string, Promise<bigint>])[] = [
    ["genesis", epochLedger.GENESIS()],
    ["epochDuration", epochLedger.EPOCH_DURATION()],
    ["activationDelay", epochLedger.ACTIVATION_DELAY()],
    ["answerWindow", oracleRegistry.ANSWER_WINDOW()],
    ["reassociationDelay", nodeRegistry.REASSOCIATION_DELAY()],
    ["jobTerm", jobEscrow.TERM()],
    ["nodeDeedStart", nodeDeed.CLASS_START()],
    ["nodeDeedDuration", nodeDeed.DURATION()],
    ["masterNodeDeedStart", masterNodeDeed.CLASS_START()],
    ["masterNodeDeedDuration", masterNodeDeed.DURATION()],
    ["genesisNodeDeedStart", genesisNodeDeed.CLASS_START()],
    ["genesisNodeDeedDuration", genesisNodeDeed.DURATION()],
  ];
  const clocks: readonly (readonly [string, string, Promise<bigint>])[] = [
    ["genesis of the node registry", "genesis", nodeRegistry.GENESIS()],
    ["genesis of the escrow", "genesis", jobEscrow.GENESIS()],
    ["epochDuration of the node registry", "epochDuration", nodeRegistry.EPOCH_DURATION()],
    ["epochDuration of the escrow", "epochDuration", jobEscrow.EPOCH_DURATION()],
  ];
  const all = [...readings.map(([name, reading]) => [name, name, reading] as const), ...clocks];
  return Promise.all(
    all.map(async ([what, name, reading]) =>
      compare("parameters", what, { expected: parameter(subject, name), found: await reading, advice: FIXED }),
    ),
  );
}

async function feeds(subject: Subject): Promise<Check[]> {
  const { nodeDeedSale, resourceCatalog } = subject.contracts;
  const readers = { sale: nodeDeedSale, catalog: resourceCatalog };
  return Promise.all(
    Object.entries(readers).map(async ([name, reader]) => {
      const { feed, maxAge, least, most } = await reader.feedConfig();
      const found = [feed, maxAge, least, most];
      const what = `feed, age, least and most price of the ${name}`;
      return compare("parameters", what, { expected: feedConfig(subject), found, advice: GOVERNED });
    }),
  );
}

async function pools(subject: Subject): Promise<Check[]> {
  const treasuries = Object.values(subject.contracts.pools);
  const each = await Promise.all(
    POOLS.map(async ([name, key], index) => {
      const pool = treasuries[index] as (typeof treasuries)[number];
      const [unlock, milestones, label] = await Promise.all([pool.UNLOCK_TIME(), pool.milestones(), pool.name()]);
      return [
        compare("parameters", `name of ${name}`, { expected: name, found: label, advice: FIXED }),
        compare("parameters", `unlock time of ${name}`, {
          expected: parameter(subject, `${key}UnlockTime`),
          found: unlock,
          advice: FIXED,
        }),
        compare("parameters", `milestones of ${name}`, {
          expected: parameter(subject, `${key}Milestones`),
          found: milestones,
          advice: FIXED,
        }),
      ];
    }),
  );
  const shares = (await subject.contracts.availabilityRewards.pools()).map(({ account, share }) => [account, share]);
  const expected = genesisPools(subject.deployment);
  return [
    ...each.flat(),
    compare("parameters", "pools of the Genesis emission", { expected, found: shares, advice: FIXED }),
  ];
}

async function classes({ contracts }: Subject): Promise<Check[]> {
  return Promise.all(
    PRICE_LIST.map(async ({ id, name, class: listed }) => {
      const { price, milliCpu, memoryMiB, diskMiB, isGpu, isOffered } = await contracts.resourceCatalog.classOf(id);
      return compare("parameters", `class ${id.toString()} (${name})`, {
        expected: [listed.price, listed.milliCpu, listed.memoryMiB, listed.diskMiB, listed.isGpu, listed.isOffered],
        found: [price, milliCpu, memoryMiB, diskMiB, isGpu, isOffered],
        advice:
          "if governance changed the price list, this is expected: deploy/modules/classes.ts is what it began with",
      });
    }),
  );
}
