import type { BlockRef } from "../../chain/chainReader.js";
import type { ProtocolState } from "../../chain/protocolState.js";
import { linksAt } from "../../chain/selectors.js";
import { place } from "../../placement/place.js";
import { NodePool } from "../../placement/pool.js";
import type { NodeOffer } from "../../placement/types.js";
import type { Advertisement } from "../../protocol/advertisement.js";
import type { Assignment } from "../../protocol/assignment.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import { DeedKind, parseDeedId } from "../../protocol/deedId.js";
import type { Link } from "../../protocol/links.js";
import { type Need, needsOf, resourcesOfJob, type WishList } from "./demands.js";
import { reputationsOf, type ServiceRecord } from "./reputation.js";

/** All that a decision depends on. What every oracle has alike gives every oracle the same. */
export interface DecisionInput {
  /** The decision block: its hash is the seed, its time what ages are measured from. */
  readonly block: BlockRef;
  /** After that block. */
  readonly state: ProtocolState;
  /** Running at its time. */
  readonly epoch: bigint;
  readonly wishes: WishList;
  /** What a node offered at its time. */
  readonly offerOf: (node: Address) => Advertisement | undefined;
  readonly record: ServiceRecord | undefined;
  /** Assignments that fail, by what was heard. */
  readonly failing: ReadonlySet<Hash>;
}

export interface DecisionOptions {
  /** From the block's time to an assignment's deadline, seconds. */
  readonly lifetimeSeconds: number;
  /** Assignments in one decision; the others wait for the next. */
  readonly most: number;
}

export interface Decision {
  readonly assignments: readonly Assignment[];
  /** Jobs that lack nodes which there are not. */
  readonly unplaced: readonly bigint[];
}

/** Token ids above this do not fit into an assignment. */
const LAST_TOKEN_ID = 65_535n;
const NOTHING: Decision = { assignments: [], unplaced: [] };

/** Who begins and who stops serving which job. A job that nobody can serve takes nothing from the others. */
export function decide(input: DecisionInput, { lifetimeSeconds, most }: DecisionOptions): Decision {
  if (input.state.jobs.size === 0) return NOTHING;
  const servers = serversOf(input);
  const needs = needsOf({ ...input, serving: new Set(servers.keys()) });
  if (needs.length === 0) return NOTHING;
  const pool = poolOf(servers, input);
  const deadline = BigInt(input.block.timestamp + lifetimeSeconds);
  const assignments: Assignment[] = [];
  const unplaced: bigint[] = [];
  for (const need of needs) {
    if (assignments.length >= most) break;
    const placement = place(input.block.hash, need.demand, pool);
    if (placement.placed) assignments.push(assignmentOf(need, placement.tokenIds, deadline));
    else unplaced.push(need.job.jobId);
  }
  return { assignments, unplaced };
}

/** Open places are filled first; whoever is found beyond them takes the place of one that gives way. */
function assignmentOf({ job, open, replaced }: Need, found: readonly number[], deadline: bigint): Assignment {
  const ascending = (tokenIds: readonly number[]) => [...tokenIds].sort((a, b) => a - b);
  const leaving = ascending(replaced.slice(0, Math.max(0, found.length - open)));
  return { jobId: job.jobId, sequence: job.sequence, leaving, joining: ascending(found), deadline };
}

/** Node Deeds in good standing, by token id: no other class serves paid jobs. */
function serversOf({ state, block }: DecisionInput): ReadonlyMap<number, Link> {
  const servers = new Map<number, Link>();
  for (const link of linksAt(state, block.timestamp)) {
    const { kind, tokenId } = parseDeedId(link.deed);
    if (kind === DeedKind.NODE && tokenId <= LAST_TOKEN_ID) servers.set(Number(tokenId), link);
  }
  return servers;
}

/** Everybody who said what it offers, less what it has to run already. */
function poolOf(servers: ReadonlyMap<number, Link>, input: DecisionInput): NodePool {
  const { state, wishes, record, epoch } = input;
  const reputationOf = reputationsOf(state, record);
  const offers = [...servers].flatMap(([tokenId, link]) => offerOf(tokenId, link, reputationOf(tokenId), input) ?? []);
  const pool = new NodePool(offers);
  for (const job of state.jobs.values()) {
    const resources = resourcesOfJob(state, job, wishes);
    if (resources === undefined || epoch >= job.start + BigInt(job.epochs)) continue;
    for (const { tokenId, to } of job.seats) if (to === undefined || epoch < to) pool.take(tokenId, resources);
  }
  return pool;
}

function offerOf(
  tokenId: number,
  { deed, node }: Link,
  reputation: number,
  { state, offerOf: advertised }: DecisionInput,
): NodeOffer | undefined {
  const advertisement = advertised(node);
  const owner = state.links.get(deed)?.owner;
  if (advertisement === undefined || owner === undefined) return undefined;
  const { capacity, load, country, tags } = advertisement;
  const isBusiness = state.operators.get(owner)?.isBusiness === true;
  return { tokenId, owner, isBusiness, country, tags, capacity, reputation, load };
}
