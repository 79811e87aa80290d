import { addressOf } from "../../keepers/chain/deployment.js";
import { parseDeedId } from "../../keepers/protocol/deedId.js";
import { quorum as quorumOf } from "../../keepers/protocol/quorum.js";
import { MASTER_ALLOCATION, NODE_DEEDS, SUPPLY_CAP } from "../../keepers/protocol/supply.js";
import { collectionOf } from "../../tasks/lib/deeds.js";
import { scanEvents } from "../../tasks/lib/events.js";
import { deedName } from "../../tasks/lib/names.js";
import { mapAtMost } from "../../tasks/lib/parallel.js";
import { POOLS } from "./names.js";
import { type Check, compare, demand, note, type Subject } from "./types.js";

/** Public RPC servers cut off those that ask for much more. */
const AT_A_TIME = 8;
const MASTER_DEEDS = 500n;
const LEAST_ORACLES = 3;
const BASIS_POINTS = 10_000n;
const ALARM = "stop: pause what can be paused (docs/playbook.md) and find out which transaction did it";

/** What has to hold of every deployment at any time, as far as it can be read. */
export async function invariantChecks(subject: Subject): Promise<Check[]> {
  const groups: Check[] = [];
  for (const check of [supply, deeds, minted, escrow, associations, oracleSet, roots, pools, pauses]) {
    groups.push(...(await check(subject)));
  }
  return groups;
}

async function supply(subject: Subject): Promise<Check[]> {
  const { r1 } = subject.contracts;
  subject.progress("adding up R1");
  const [made, burned, total, cap] = await Promise.all([
    r1.totalMinted(),
    r1.totalBurned(),
    r1.totalSupply(),
    r1.CAP(),
  ]);
  const transfers = await scanEvents(
    subject,
    (from, to) => r1.queryFilter(r1.filters.Transfer(), from, to),
    subject.progress,
  );
  const holders = [...new Set(transfers.map(({ args }) => args.to))];
  const balances = await mapAtMost(AT_A_TIME, holders, async (holder) => r1.balanceOf(holder));
  return [
    compare("invariants", "Σ balances of all who ever got R1", {
      expected: total,
      found: sum(balances),
      advice: ALARM,
    }),
    compare("invariants", "R1 in circulation = minted − burned", {
      expected: made - burned,
      found: total,
      advice: ALARM,
    }),
    compare("invariants", "cap of R1", { expected: SUPPLY_CAP, found: cap, advice: ALARM }),
    atMost("R1 minted, at most the cap", made, SUPPLY_CAP),
  ];
}

async function deeds({ contracts: { nodeDeed, masterNodeDeed, genesisNodeDeed } }: Subject): Promise<Check[]> {
  const [nodes, masters, genesis, allocated] = await Promise.all([
    nodeDeed.totalSupply(),
    masterNodeDeed.totalSupply(),
    genesisNodeDeed.totalSupply(),
    masterNodeDeed.totalAllocated(),
  ]);
  const ids = Array.from({ length: Number(masters) }, (_, index) => index + 1);
  const allocations = await mapAtMost(AT_A_TIME, ids, async (id) => masterNodeDeed.allocationOf(id));
  return [
    atMost("Node Deeds issued, at most all", nodes, NODE_DEEDS),
    atMost("Master Node Deeds issued, at most all", masters, MASTER_DEEDS),
    atMost("Genesis Node Deeds issued, at most one", genesis, 1n),
    atMost("R1 assigned to Master deeds, at most 26.1 %", allocated, MASTER_ALLOCATION),
    compare("invariants", "Σ allocations of Master deeds", {
      expected: sum(allocations),
      found: allocated,
      advice: ALARM,
    }),
  ];
}

/** Every R1 was mined by a deed: what the deeds have claimed, along their curves, is all that was ever minted. */
async function minted(subject: Subject): Promise<Check[]> {
  const { contracts, progress } = subject;
  const { availabilityRewards, r1 } = contracts;
  const claims = await scanEvents(
    subject,
    (from, to) => availabilityRewards.queryFilter(availabilityRewards.filters.Claimed(), from, to),
    progress,
  );
  const claimed = [...new Set(claims.map(({ args }) => args.deed))];
  progress(`reading ${claimed.length} deeds that claimed`);
  const amounts = await mapAtMost(AT_A_TIME, claimed, async (deed) => {
    const { kind, tokenId } = parseDeedId(deed);
    const collection = collectionOf(contracts, kind);
    return collection.mintedAt(tokenId, (await collection.recordOf(tokenId)).claimed);
  });
  return [
    compare("invariants", `R1 minted = mined by ${claimed.length} deeds`, {
      expected: sum(amounts),
      found: await r1.totalMinted(),
      advice: ALARM,
    }),
  ];
}

async function escrow(subject: Subject): Promise<Check[]> {
  const { deployment, progress } = subject;
  const { jobEscrow, r1 } = subject.contracts;
  const [jobs, heldBack] = await Promise.all([jobEscrow.jobCount(), deedsHeldBack(subject)]);
  progress(`adding up ${jobs.toString()} jobs`);
  const ids = Array.from({ length: Number(jobs) }, (_, index) => index + 1);
  const balances = await mapAtMost(AT_A_TIME, ids, async (id) => (await jobEscrow.jobOf(id)).balance);
  const short = await mapAtMost(AT_A_TIME, ids, async (id) => {
    try {
      await jobEscrow.refundable(id);
      return [];
    } catch {
      return [id];
    }
  });
  const held = await mapAtMost(AT_A_TIME, heldBack, async (token) => jobEscrow.heldOf(token));
  const owed = sum(balances) + sum(held);
  const has = await r1.balanceOf(addressOf(deployment, "JobEscrow"));
  return [
    demand("invariants", "the escrow holds what its jobs and held payments add up to", {
      holds: has >= owed,
      expected: `at least ${owed.toString()}`,
      found: has.toString(),
      advice: ALARM,
    }),
    compare("invariants", "jobs that can pay what is owed", {
      expected: "all",
      found: short.flat().length === 0 ? "all" : `not ${short.flat().join(", ")}`,
      advice: ALARM,
    }),
  ];
}

/** Deeds that ever had a payment held back. */
async function deedsHeldBack(subject: Subject): Promise<bigint[]> {
  const { jobEscrow } = subject.contracts;
  const events = await scanEvents(
    subject,
    (from, to) => jobEscrow.queryFilter(jobEscrow.filters.PaymentHeld(), from, to),
    subject.progress,
  );
  return [...new Set(events.map(({ args }) => args.tokenId))];
}

async function associations(subject: Subject): Promise<Check[]> {
  const { nodeRegistry } = subject.contracts;
  const events = await scanEvents(
    subject,
    (from, to) => nodeRegistry.queryFilter(nodeRegistry.filters.NodeAssociated(), from, to),
    subject.progress,
  );
  const seen = [...new Set(events.map(({ args }) => args.deed))];
  const wrong = await mapAtMost(AT_A_TIME, seen, async (deed) => {
    const node = await nodeRegistry.nodeOf(deed);
    if (BigInt(node) === 0n) return [];
    return (await nodeRegistry.deedOf(node)) === deed ? [] : [deedName(deed)];
  });
  return [
    compare("invariants", `one node, one deed (${seen.length} deeds)`, {
      expected: "each names the other",
      found: wrong.flat().length === 0 ? "each names the other" : `not ${wrong.flat().join(", ")}`,
      advice: ALARM,
    }),
  ];
}

async function oracleSet({ contracts: { oracleRegistry }, progress }: Subject): Promise<Check[]> {
  progress("reading the oracle set");
  const [listed, quorum] = await Promise.all([oracleRegistry.oracles(), oracleRegistry.quorum()]);
  const set = [...listed];
  const owners = await Promise.all(set.map(async (oracle) => oracleRegistry.ownerOf(oracle)));
  const eligible = await Promise.all(set.map(async (oracle) => oracleRegistry.isEligible(oracle)));
  const sorted = [...set].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const few = `${set.length}, and ${LEAST_ORACLES} are needed to commit: docs/playbook.md, "Fewer than three oracles"`;
  return [
    compare("invariants", "the oracle set ascends", { expected: sorted, found: set, advice: ALARM }),
    compare("invariants", "owners of oracles, all different", {
      expected: set.length,
      found: new Set(owners.filter((owner) => BigInt(owner) !== 0n)).size,
      advice: ALARM,
    }),
    compare("invariants", "quorum", { expected: quorumOf(set.length), found: quorum, advice: ALARM }),
    ...(set.length < LEAST_ORACLES ? [note("invariants", "oracles", few)] : []),
    ...set.flatMap((oracle, index) =>
      eligible[index] === true
        ? []
        : [note("invariants", `oracle ${oracle}`, "lapsed: anybody can remove it with oracle:eject")],
    ),
  ];
}

async function roots({ contracts: { epochLedger }, progress }: Subject): Promise<Check[]> {
  progress("reading the last roots");
  const [latest, pending, current] = await Promise.all([
    epochLedger.latest(),
    epochLedger.pending(),
    epochLedger.currentEpoch(),
  ]);
  if (!latest.committed) return [note("invariants", "roots", "no epoch is committed yet")];
  const isPending = pending.activeFrom !== 0n;
  const active = await epochLedger.rootOf(latest.epoch);
  return [
    demand("invariants", "the last committed epoch is over", {
      holds: latest.epoch < current,
      expected: `before ${current.toString()}`,
      found: latest.epoch.toString(),
      advice: ALARM,
    }),
    compare("invariants", isPending ? "the last root is pending, and pays nobody" : "the last root is active", {
      expected: isPending ? `0x${"0".repeat(64)}` : latest.root,
      found: active,
      advice: ALARM,
    }),
    compare("invariants", "the last root is not zero", {
      expected: true,
      found: BigInt(latest.root) !== 0n,
      advice: ALARM,
    }),
  ];
}

async function pools({ contracts, deployment, provider, progress }: Subject): Promise<Check[]> {
  progress("reading the pools");
  const { timestamp } = (await provider.getBlock("latest")) ?? { timestamp: 0 };
  return Promise.all(
    Object.values(contracts.pools).map(async (pool, index) => {
      const [name] = POOLS[index] as (typeof POOLS)[number];
      const [released, balance, reached, milestones, unlock] = await Promise.all([
        pool.released(),
        contracts.r1.balanceOf(addressOf(deployment, name)),
        pool.milestonesReached(),
        pool.milestones(),
        pool.UNLOCK_TIME(),
      ]);
      const share = milestones.length === 0 ? BASIS_POINTS : sum(milestones.slice(0, Number(reached)));
      const most = BigInt(timestamp) < unlock ? 0n : ((released + balance) * share) / BASIS_POINTS;
      return atMost(`released by ${name}, at most what is unlocked`, released, most);
    }),
  );
}

/** A pause is the guardian's right, and somebody should know of it. */
async function pauses({ contracts }: Subject): Promise<Check[]> {
  const { nodeDeedSale, nodeRegistry, epochLedger, jobEscrow } = contracts;
  const places = { sales: nodeDeedSale, associations: nodeRegistry, commits: epochLedger, "new jobs": jobEscrow };
  const notes = await Promise.all(
    Object.entries(places).map(async ([what, place]) =>
      (await place.paused()) ? [note("invariants", what, "paused; governance lifts it with resume")] : [],
    ),
  );
  return notes.flat();
}

function atMost(what: string, found: bigint, most: bigint): Check {
  const expected = `at most ${most.toString()}`;
  return demand("invariants", what, { holds: found <= most, expected, found: found.toString(), advice: ALARM });
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
