import { openPlaces } from "../../chain/jobSelectors.js";
import type { JobSeat, JobState } from "../../chain/jobState.js";
import type { ProtocolState } from "../../chain/protocolState.js";
import type { JobDemand, Resources } from "../../placement/types.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import { DeedKind, deedId } from "../../protocol/deedId.js";
import type { JobSpec } from "../../protocol/jobSpec.js";

/** What of a specification decides where it may run. */
export interface Wishes {
  readonly placement: JobSpec["placement"];
  readonly gpus: number;
}

/** By specification; null for one that is not to be had, and whose job goes by its class alone; nothing while it is looked for. */
export type WishList = ReadonlyMap<Hash, Wishes | null>;

/** What one job needs: `demand` of nodes, and `replaced`, the deeds that give way, the first ones first. */
export interface Need {
  readonly job: JobState;
  readonly demand: JobDemand;
  readonly open: number;
  readonly replaced: readonly number[];
}

export interface NeedsInput {
  readonly state: ProtocolState;
  /** The running epoch. */
  readonly epoch: bigint;
  readonly wishes: WishList;
  /** Deeds that may serve, by the chain. */
  readonly serving: ReadonlySet<number>;
  /** Assignments that fail, by what was heard. */
  readonly failing: ReadonlySet<Hash>;
}

const NO_WISHES: JobSpec["placement"] = {
  tags: [],
  countries: [],
  business: false,
  excluded: [],
  preferred: [],
  distinctOwners: false,
};

/**
 * The jobs that lack nodes: first those that run, for their time passes, then those that wait, each ascending by number. A job
 * begins when there are enough nodes for all of its places; later each one found helps.
 */
export function needsOf(input: NeedsInput): Need[] {
  const excluded = failingDeeds(input);
  const needs = [...input.state.jobs.values()].flatMap((job) => needOf(job, excluded, input) ?? []);
  return needs.sort((a, b) => rankOf(a.job) - rankOf(b.job) || (a.job.jobId < b.job.jobId ? -1 : 1));
}

/** What a job takes of each of its nodes; undefined while its class or its specification is not known. */
export function resourcesOfJob({ classes }: ProtocolState, job: JobState, wishes: WishList): Resources | undefined {
  const given = classes.get(job.classId);
  const wished = wishes.get(job.specHash);
  if (given === undefined || wished === undefined) return undefined;
  const { milliCpu, memoryMiB, diskMiB } = given;
  const gpus = job.gpu === 0 ? 0 : Math.max(1, wished?.gpus ?? 1);
  return { milliCpu, memoryMiB, diskMiB, gpus };
}

function rankOf({ start }: JobState): number {
  return start === 0n ? 1 : 0;
}

function needOf(job: JobState, failing: readonly number[], input: NeedsInput): Need | undefined {
  const { state, epoch } = input;
  const open = openPlaces(state, job.jobId, epoch);
  const taken = job.seats.filter(({ to }) => to === undefined);
  // Nobody who would join could be paid: the job is over, or is in its last epoch.
  if (open === 0 && !hasTime(job, epoch)) return undefined;
  const replaced = replacedOf(taken, input);
  const resources = resourcesOfJob(state, job, input.wishes);
  const count = open + replaced.length;
  if (count === 0 || resources === undefined) return undefined;
  const wishes = input.wishes.get(job.specHash)?.placement ?? NO_WISHES;
  const stay = taken.filter(({ tokenId }) => !replaced.includes(tokenId));
  const demand = {
    jobId: job.jobId,
    count,
    least: job.start === 0n ? count : 1,
    resources,
    tags: wishes.tags,
    countries: wishes.countries,
    needsBusiness: wishes.business,
    excluded: [...wishes.excluded, ...deedsThatCannotJoin(job), ...failing],
    preferred: wishes.preferred,
    distinctOwners: wishes.distinctOwners,
    owners: stay.flatMap(({ tokenId }) => ownerOf(state, tokenId) ?? []),
  };
  return { job, demand, open, replaced };
}

function hasTime({ start, epochs }: JobState, epoch: bigint): boolean {
  return start !== 0n && epoch + 1n < start + BigInt(epochs);
}

/** Those whom the chain does not let serve any more, then those that fail; ascending each. */
function replacedOf(taken: readonly JobSeat[], { serving, failing }: NeedsInput): number[] {
  const tokenIds = (seats: readonly JobSeat[]) => seats.map(({ tokenId }) => tokenId).sort((a, b) => a - b);
  const gone = taken.filter(({ tokenId }) => !serving.has(tokenId));
  const silent = taken.filter(({ tokenId, assignment }) => serving.has(tokenId) && failing.has(assignment));
  return [...tokenIds(gone), ...tokenIds(silent)];
}

/** Who serves the job now, and who left it and is not settled: the escrow takes neither. */
function deedsThatCannotJoin({ seats }: JobState): number[] {
  return seats.flatMap(({ tokenId, to, unsettledFrom }) => (to === undefined || unsettledFrom < to ? [tokenId] : []));
}

/** Who fails one job gets no other. */
function failingDeeds({ state, failing }: NeedsInput): number[] {
  if (failing.size === 0) return [];
  const seats = [...state.jobs.values()].flatMap((job) => job.seats);
  return [...new Set(seats.filter(({ assignment }) => failing.has(assignment)).map(({ tokenId }) => tokenId))];
}

function ownerOf({ links }: ProtocolState, tokenId: number): Address | undefined {
  return links.get(deedId(DeedKind.NODE, BigInt(tokenId)))?.owner;
}
