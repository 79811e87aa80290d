import { type DeedId, kindSymbol, parseDeedId } from "../../keepers/protocol/deedId.js";
import { allocationOf, readSchedules } from "../../scripts/network/schedules.js";
import { claimable } from "../activity/claims.js";
import type { Ending } from "../activity/ending.js";
import type { Association, CommitRecord, DeedTerms, EpochRecord, History } from "../history.js";
import { oracleName, type World } from "../world/world.js";
import { readAssociations } from "./associations.js";
import { readCommits } from "./commits.js";
import { readEpoch } from "./epochs.js";
import { readJobEvents } from "./jobEvents.js";

/** Reads everything that the run left on chain, on the bus and on the oracles. @param first epoch that is judged */
export async function readHistory(world: World, ending: Ending, first: number): Promise<History> {
  const { protocol, journal, terms, spectator, licences } = world;
  const commits = await readCommits(world);
  const last = ending.root?.epoch ?? first;
  const standing = commits.filter(({ isDisproved, epoch }) => !isDisproved && epoch <= last);
  const epochs: EpochRecord[] = [];
  for (const commit of standing) epochs.push(await readEpoch(world, commit));
  const associations = await readAssociations(world);
  return {
    ...{ terms, first, last, commits, epochs, associations },
    oracles: licences.oracles.map((_, index) => oracleName(index)),
    disturbances: journal.disturbances,
    deeds: await readDeeds(world, associations),
    claims: await readClaims(world),
    unclaimed: await unclaimedBy(world, ending.root),
    refusals: ending.refusals,
    supply: await readSupply(world),
    jobTerm: Number(await protocol.contracts.jobEscrow.TERM()),
    jobEvents: await readJobEvents(world),
    escrow: await readEscrow(world),
    containers: ending.containers,
    contradictions: [...spectator.contradictions(), ...spectator.malformed],
    removed: await readRemovals(world),
  };
}

async function readDeeds({ protocol }: World, associations: readonly Association[]): Promise<DeedTerms[]> {
  const schedules = await readSchedules(protocol.contracts);
  const ids = [...new Set(associations.map(({ deed }) => deed))].sort((a, b) => (a < b ? -1 : 1));
  return Promise.all(
    ids.map(async (deed) => {
      const { curve, duration, start } = schedules[parseDeedId(deed).kind];
      const allocation = await allocationOf(protocol.contracts, deed);
      return { deed, name: nameOf(deed), curve, duration, start: Number(start), allocation };
    }),
  );
}

function nameOf(deed: DeedId): string {
  const { kind, tokenId } = parseDeedId(deed);
  return `${kindSymbol(kind)}:${tokenId}`;
}

async function readClaims({ protocol }: World): Promise<History["claims"]> {
  const { availabilityRewards } = protocol.contracts;
  const events = await availabilityRewards.queryFilter(availabilityRewards.filters.Claimed(), 0);
  return events.map(({ args: { deed, amount } }) => ({ deed, amount }));
}

async function unclaimedBy(world: World, root: CommitRecord | undefined): Promise<Map<bigint, bigint>> {
  return root === undefined ? new Map() : claimable(world, root);
}

async function readSupply({ protocol }: World): Promise<History["supply"]> {
  const { r1 } = protocol.contracts;
  const [minted, burned, total] = await Promise.all([r1.totalMinted(), r1.totalBurned(), r1.totalSupply()]);
  return { minted, burned, total };
}

async function readEscrow({ protocol }: World): Promise<History["escrow"]> {
  const { r1, jobEscrow } = protocol.contracts;
  const balances = new Map<number, bigint>();
  const count = Number(await jobEscrow.jobCount());
  for (let jobId = 1; jobId <= count; jobId += 1) balances.set(jobId, (await jobEscrow.jobOf(jobId)).balance);
  return { held: await r1.balanceOf(jobEscrow), balances };
}

async function readRemovals({ protocol }: World): Promise<string[]> {
  const { oracleRegistry } = protocol.contracts;
  const removals = await oracleRegistry.queryFilter(oracleRegistry.filters.OracleRemoved(), 0);
  return removals.map(({ args: { oracle, why } }) => `oracle ${oracle} was removed from the set, reason ${why}`);
}
