import type { Hash } from "../protocol/bytes.js";
import { ByteWriter } from "../protocol/bytes.js";
import { keccak } from "../protocol/signing.js";
import type { NodePool } from "./pool.js";
import type { JobDemand, Placement } from "./types.js";

/** Enough to share jobs among nodes that are about as good, too little to prefer a bad one. From 0 to it. */
const CHANCE = 10_000;
/** What each node of the same owner in the same job costs. */
const SAME_OWNER = 20_000;
const PREFERRED = 1_000_000;

/** The nodes that can serve a job: positions in the pool, ascending, and their scores. */
interface Scored {
  readonly positions: Uint32Array;
  readonly scores: Float64Array;
}

/**
 * Chooses nodes for a job and takes their resources from the pool. The same for everybody who knows the same pool and seed:
 * nothing depends on the order of anything given, and the seed, a block hash, is nobody's choice. Takes nothing when there are
 * fewer than the job makes do with.
 */
export function place(seed: Hash, demand: JobDemand, pool: NodePool): Placement {
  const chosen = choose(scoredFor(seed, demand, pool), demand, pool);
  if (chosen.length < demand.least) return { placed: false, found: chosen.length };
  const tokenIds = chosen.map((position) => pool.tokenIdAt(position));
  for (const tokenId of tokenIds) pool.take(tokenId, demand.resources);
  return { placed: true, tokenIds };
}

function scoredFor(seed: Hash, demand: JobDemand, pool: NodePool): Scored {
  const positions = new Uint32Array(pool.size);
  const scores = new Float64Array(pool.size);
  const requirements = pool.requirementsOf(demand);
  const { salt, factor } = chanceOf(seed, demand.jobId);
  let count = 0;
  for (let at = 0; at < pool.size; at++) {
    if (!pool.canServe(at, requirements)) continue;
    positions[count] = at;
    const chance = mix(Math.imul(pool.tokenIdAt(at), factor) ^ salt) % CHANCE;
    scores[count] = pool.scoreAt(at, demand.resources) + chance;
    count += 1;
  }
  const scored = { positions: positions.subarray(0, count), scores: scores.subarray(0, count) };
  favour(scored, pool.positionsOf(demand.preferred));
  return scored;
}

function favour({ positions, scores }: Scored, preferred: ReadonlySet<number>): void {
  if (preferred.size === 0) return;
  positions.forEach((at, index) => {
    if (preferred.has(at)) scores[index] = (scores[index] as number) + PREFERRED;
  });
}

/** The best, one after the other: each choice makes its owner's other nodes worse for this job. */
function choose({ positions, scores }: Scored, demand: JobDemand, pool: NodePool): number[] {
  const handicaps = handicapsOf(demand, pool);
  const cost = costOf(demand);
  const chosen: number[] = [];
  while (chosen.length < demand.count) {
    const best = bestOf({ positions, scores }, handicaps, pool);
    if (best === undefined) break;
    const at = positions[best] as number;
    scores[best] = -Infinity;
    const owner = pool.ownerAt(at);
    handicaps[owner] = (handicaps[owner] as number) + cost;
    chosen.push(at);
  }
  return chosen;
}

/** By number of owner, what its nodes lose for those of it that serve the job already. */
function handicapsOf(demand: JobDemand, pool: NodePool): Float64Array {
  const handicaps = new Float64Array(pool.owners);
  const cost = costOf(demand);
  for (const owner of demand.owners) {
    const number = pool.ownerNumber(owner);
    if (number !== undefined) handicaps[number] = (handicaps[number] as number) + cost;
  }
  return handicaps;
}

function costOf({ distinctOwners }: JobDemand): number {
  return distinctOwners ? Infinity : SAME_OWNER;
}

/** Of equal scores the one that comes first in the pool: the lowest token id. */
function bestOf({ positions, scores }: Scored, handicaps: Float64Array, pool: NodePool): number | undefined {
  let best: number | undefined;
  let highest = -Infinity;
  for (let index = 0; index < positions.length; index++) {
    const handicap = handicaps[pool.ownerAt(positions[index] as number)] as number;
    const score = (scores[index] as number) - handicap;
    if (score <= highest) continue;
    best = index;
    highest = score;
  }
  return best;
}

/** Two numbers, drawn from the seed for this job alone, that give each node one from 0 to 9,999. */
function chanceOf(seed: Hash, jobId: bigint): { readonly salt: number; readonly factor: number } {
  const drawn = keccak(new ByteWriter().ascii("R1/placement/1").bytes32(seed).bytes32(toBytes32(jobId)).toBytes());
  const view = new DataView(drawn.buffer, drawn.byteOffset);
  return { salt: view.getUint32(0), factor: view.getUint32(4) | 1 };
}

function toBytes32(value: bigint): Hash {
  return `0x${value.toString(16).padStart(64, "0")}`;
}

/** Spreads 32 bits: nodes with neighbouring ids get numbers that have nothing to do with each other. */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x7feb352d);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
