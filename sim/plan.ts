import { SeededRandom } from "../keepers/core/random.js";
import type { Address } from "../keepers/protocol/bytes.js";
import { BYZANTINE_KINDS, type ByzantineKind } from "./byzantine/kinds.js";
import type { Skew } from "./incarnation.js";

/** Second of genesis, and the lengths of things; epochs are short so that a seed is quick. */
export const GENESIS = 1_700_000_000;
export const EPOCH_SECONDS = 30;
export const BLOCK_MS = 2_000;

/** Milliseconds since genesis throughout. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Partition extends Window {
  /** One of the two sides. */
  readonly side: readonly Address[];
}

export interface NetworkPlan {
  readonly minimumMs: number;
  readonly maximumMs: number;
  readonly loss: number;
  readonly duplication: number;
  readonly partitions: readonly Partition[];
}

export interface RpcPlan {
  readonly latencyMs: number;
  readonly failureRate: number;
  /** Most blocks that an answer is behind. */
  readonly maximumLag: number;
  /** How often a server still answers from a fork that was given up a moment ago. */
  readonly clinging: number;
  readonly outages: readonly Window[];
}

export interface DiskPlan {
  /** Longest time that a sync takes. */
  readonly syncMs: number;
  /** How often a write or sync fails while the faults last. */
  readonly failureRate: number;
  readonly faults: readonly (Window & { readonly code: "ENOSPC" | "EIO" })[];
}

/** One end of a life, and how long until the next begins. */
export interface RestartPlan {
  /** Place (see Incarnation) at which it dies; undefined: it is closed in good order after `afterMs`. */
  readonly dieAt: number | undefined;
  readonly afterMs: number;
  readonly downMs: number;
}

export interface OraclePlan {
  readonly skew: Skew;
  readonly rpc: RpcPlan;
  readonly disk: DiskPlan;
  readonly restarts: readonly RestartPlan[];
  readonly startAt: number;
  readonly byzantine: ByzantineKind | undefined;
  /** In the oracle set from the first block on. */
  readonly isMember: boolean;
  /** Epochs in which its own availability is too low to report. */
  readonly ineligible: readonly number[];
}

export interface ReorganisationPlan {
  readonly at: number;
  readonly depth: number;
  readonly replaced: readonly boolean[];
  /** How often a transaction in the blocks that are taken back is lost. */
  readonly loss: number;
}

/** A change of the oracle set, of a deed's node, or of who serves a job. */
export interface ChangePlan {
  readonly at: number;
  readonly kind: "add" | "remove" | "associate" | "dissociate" | "assign" | "unassign" | "close" | "settle";
  /** Index of the oracle, number of the node, or number of job and node (see `governance.ts`). */
  readonly index: number;
}

/** Everything that chance decides about a run before it begins. */
export interface Plan {
  readonly seed: number;
  readonly nodes: number;
  readonly epochs: number;
  /** From then on nothing fails any more, but Byzantine oracles. */
  readonly healAt: number;
  readonly network: NetworkPlan;
  readonly oracles: readonly OraclePlan[];
  readonly reorganisations: readonly ReorganisationPlan[];
  readonly changes: readonly ChangePlan[];
  /** The adversary that schedules messages against the lock rule is at work. */
  readonly splitter: boolean;
  /** All Byzantine oracles, a quorum, commit a wrong root of this epoch. Only in scripted scenarios. */
  readonly coup?: number;
}

/** Shorthands for chance. */
class Dice {
  readonly random: SeededRandom;

  constructor(seed: string) {
    this.random = new SeededRandom(seed);
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  between(least: number, most: number): number {
    return least + this.random.integer(most - least + 1);
  }

  /** Small ones as often as large ones: 1 to `most`. */
  scaled(most: number): number {
    return Math.floor(Math.exp(this.random.next() * Math.log(most)));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.random.integer(items.length)] as T;
  }

  some<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    return Array.from({ length: Math.min(count, left.length) }, () => {
      return left.splice(this.random.integer(left.length), 1)[0] as T;
    });
  }

  list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.random.integer(most + 1) }, make);
  }

  window(before: number, longest: number): Window {
    const from = this.random.integer(before);
    return { from, to: Math.min(before, from + this.between(500, longest)) };
  }
}

const EPOCH_MS = EPOCH_SECONDS * 1000;
/** When oracles start that are there from the beginning. */
export const EVERYBODY_BEFORE = -5_000;
const CALM: NetworkPlan = { minimumMs: 5, maximumMs: 60, loss: 0, duplication: 0, partitions: [] };
/** Oracles that may join besides those of the first set. */
const RESERVES = 1;

/** How many oracles a run of `nodes` has in all; the last few are not in the first set. */
export function fleetSize(nodes: number): number {
  return nodes + RESERVES;
}

/** @param addresses of all oracles, in the order of their plans */
export function planOf(seed: number, nodes: number, addresses: readonly Address[]): Plan {
  const dice = new Dice(`plan ${seed} ${nodes}`);
  const epochs = dice.between(3, 4);
  const healAt = dice.between(EPOCH_MS / 2, (epochs - 1) * EPOCH_MS + 10_000);
  const changes = [...changesOf(dice, nodes, healAt), ...assignmentsOf(new Dice(`jobs ${seed} ${nodes}`), healAt)];
  const removals = changes.filter(({ kind }) => kind === "remove").length;
  const faults = Math.floor((nodes - removals - 1) / 3);
  const byzantine = byzantineOf(dice, nodes, faults);
  const crashes = dice.chance(0.6);
  const oracles = addresses.map((_, index) => oracleOf(dice, { index, nodes, healAt, crashes, byzantine }));
  const network = networkOf(dice, addresses, healAt);
  const reorganisations = dice.chance(0.5) ? dice.list(5, () => reorganisationOf(dice, healAt)) : [];
  const plan = { seed, nodes, epochs, healAt, network, oracles, reorganisations, changes, splitter: false };
  return byzantine.size > 0 && dice.chance(0.2) ? undisturbed(plan) : plan;
}

/** The adversary of the lock rule does its own scheduling, which chance would only spoil. */
function undisturbed(plan: Plan): Plan {
  const oracles = plan.oracles.map((oracle, index) => ({
    ...oracle,
    restarts: [],
    startAt: EVERYBODY_BEFORE,
    ineligible: [],
    disk: { ...oracle.disk, faults: [] },
    rpc: { ...oracle.rpc, failureRate: 0, outages: [] },
    isMember: index < plan.nodes,
  }));
  const healAt = (plan.epochs - 1) * EPOCH_MS;
  return { ...plan, healAt, network: CALM, oracles, reorganisations: [], changes: [], splitter: true };
}

function networkOf(dice: Dice, addresses: readonly Address[], healAt: number): NetworkPlan {
  if (dice.chance(0.2)) return CALM;
  return {
    minimumMs: 5,
    maximumMs: dice.between(20, 400),
    loss: dice.random.next() * 0.3,
    duplication: dice.random.next() * 0.1,
    partitions: dice.list(3, () => ({
      ...dice.window(healAt, 20_000),
      side: dice.some(addresses, dice.between(1, addresses.length - 1)),
    })),
  };
}

function byzantineOf(dice: Dice, nodes: number, faults: number): ReadonlyMap<number, ByzantineKind> {
  if (dice.chance(0.25)) return new Map();
  const indexes = dice.some(
    Array.from({ length: nodes }, (_, index) => index),
    dice.chance(0.8) ? faults : dice.between(0, faults),
  );
  const kinds = dice.some(BYZANTINE_KINDS, indexes.length);
  return new Map(indexes.map((index, i) => [index, kinds[i] as ByzantineKind]));
}

interface OracleDraw {
  readonly index: number;
  readonly nodes: number;
  readonly healAt: number;
  readonly crashes: boolean;
  readonly byzantine: ReadonlyMap<number, ByzantineKind>;
}

function oracleOf(dice: Dice, { index, nodes, healAt, crashes, byzantine }: OracleDraw): OraclePlan {
  const kind = byzantine.get(index);
  const joinsLate = kind === undefined && dice.chance(0.1);
  return {
    skew: { offsetMs: dice.between(-3_000, 3_000), rate: 0.9 + dice.random.next() * 0.2 },
    rpc: rpcOf(dice, healAt),
    disk: diskOf(dice, healAt),
    restarts: kind === undefined && crashes && dice.chance(0.5) ? dice.list(3, () => restartOf(dice)) : [],
    startAt: joinsLate ? dice.between(0, healAt) : EVERYBODY_BEFORE,
    byzantine: kind,
    isMember: index < nodes,
    ineligible: dice.chance(0.1) ? [dice.between(0, 3)] : [],
  };
}

function rpcOf(dice: Dice, healAt: number): RpcPlan {
  const latencyMs = dice.between(5, 80);
  if (dice.chance(0.5)) return { latencyMs, failureRate: 0, maximumLag: 0, clinging: 0, outages: [] };
  return {
    latencyMs,
    failureRate: dice.random.next() * 0.2,
    maximumLag: dice.between(0, 3),
    clinging: dice.random.next() * 0.5,
    outages: dice.list(1, () => dice.window(healAt, 20_000)),
  };
}

function diskOf(dice: Dice, healAt: number): DiskPlan {
  const syncMs = dice.between(0, 20);
  if (dice.chance(0.75)) return { syncMs, failureRate: 0, faults: [] };
  const code = () => dice.pick(["ENOSPC", "EIO"] as const);
  return {
    syncMs,
    failureRate: 0.1 + dice.random.next() * 0.9,
    faults: dice.list(2, () => ({ ...dice.window(healAt, 10_000), code: code() })),
  };
}

function restartOf(dice: Dice): RestartPlan {
  return {
    dieAt: dice.chance(0.85) ? dice.scaled(3_000) : undefined,
    afterMs: dice.between(1_000, 60_000),
    downMs: dice.scaled(20_000),
  };
}

function reorganisationOf(dice: Dice, healAt: number): ReorganisationPlan {
  const depth = dice.scaled(6);
  // Half of them around the end of an epoch, where links and commits are.
  const near = Math.min(healAt - 1, dice.between(1, 4) * EPOCH_MS + dice.between(-2_000, 12_000));
  return {
    at: dice.chance(0.5) ? dice.random.integer(healAt) : near,
    depth,
    replaced: Array.from({ length: depth }, () => dice.chance(0.85)),
    loss: dice.pick([0, 0.3, 1]),
  };
}

/** Nodes begin and stop to serve jobs, mostly around an epoch's end, where it matters which epochs they are paid for. */
function assignmentsOf(dice: Dice, healAt: number): ChangePlan[] {
  const near = () => Math.min(healAt, dice.between(0, 3) * EPOCH_MS + dice.between(-6_000, 4_000));
  const at = () => Math.max(0, dice.chance(0.7) ? near() : dice.random.integer(healAt));
  const kind = () => dice.pick(["assign", "assign", "assign", "unassign", "close", "settle", "settle"] as const);
  return dice.list(12, () => ({ at: at(), kind: kind(), index: dice.between(1, 6) })).sort((a, b) => a.at - b.at);
}

/** Oracles come and go between epochs, and sometimes just at an epoch's end. */
function changesOf(dice: Dice, nodes: number, healAt: number): ChangePlan[] {
  const at = () => {
    const near = dice.between(1, 3) * EPOCH_MS + dice.between(-4_000, 4_000);
    return Math.min(healAt, dice.chance(0.4) ? near : dice.random.integer(healAt));
  };
  const changes: ChangePlan[] = dice.list(2, () => {
    return { at: at(), kind: dice.chance(0.5) ? "associate" : "dissociate", index: dice.between(1, 3) } as const;
  });
  if (dice.chance(0.35)) changes.push({ at: at(), kind: "add", index: nodes });
  if (nodes > 4 && dice.chance(0.25)) changes.push({ at: at(), kind: "remove", index: dice.random.integer(nodes) });
  return changes.sort((a, b) => a.at - b.at);
}
