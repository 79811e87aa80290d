import { endOfJob, endOfSeat } from "../../../keepers/chain/jobSelectors.js";
import type { JobSeat, JobState } from "../../../keepers/chain/jobState.js";
import type { Address, Hash } from "../../../keepers/protocol/bytes.js";
import { deedId, DeedKind, kindSymbol } from "../../../keepers/protocol/deedId.js";
import { expectedOfJob } from "../story/settlement.js";
import type { World } from "../world.js";

/** A job as far as it has come. Amounts in wei; an epoch that a range ends with is not part of it. */
export interface JobReport {
  readonly jobId: string;
  readonly owner: Address;
  readonly specHash: Hash;
  readonly classId: number;
  readonly nodes: number;
  /** First epoch that is paid, and the first that is not paid any more; null before the first assignment. */
  readonly from: number | null;
  readonly to: number | null;
  /** Per epoch and node. */
  readonly rate: string;
  readonly deposit: string;
  readonly paid: string;
  readonly burned: string;
  readonly refunded: string;
  /** What these come to by the report's own arithmetic; null while the job is not settled. */
  readonly expected: { readonly paid: string; readonly burned: string; readonly refunded: string } | null;
  /** `none`: containers are pretended, and answer nothing. */
  readonly engine: "docker" | "none";
  /** What its first container answered over HTTP, through the gateway of its node. */
  readonly containerOutput: string | null;
  readonly assignments: readonly AssignmentReport[];
}

interface AssignmentReport {
  /** Id of the deed, as leaves are made of; its name, such as `ND:5`. */
  readonly deed: string;
  readonly name: string;
  /** Id of the SERVICE leaf. */
  readonly assignment: Hash;
  readonly from: number;
  readonly to: number;
  /** Service bytes in each entry of `epochs`, out of the leaf files; their sum. */
  readonly perEpoch: readonly number[];
  readonly cumulative: string;
  readonly containerOutput: string | null;
}

/** All jobs, ascending. @param epochs number of committed epochs that the report covers */
export function describeJobs(world: World, epochs: number): JobReport[] {
  const jobs = [...world.follower.view.state.jobs.values()];
  return jobs.sort((a, b) => (a.jobId < b.jobId ? -1 : 1)).map((job) => describeJob(world, job, epochs));
}

/** A sentence for each job that is settled and did not come to what the law says. */
export function problemsOfJobs(jobs: readonly JobReport[]): string[] {
  return jobs.flatMap(({ jobId, expected, ...job }) =>
    (["paid", "burned", "refunded"] as const)
      .filter((what) => expected !== null && job[what] !== expected[what])
      .map((what) => `job ${jobId}: ${what} ${job[what]}, want ${expected?.[what]}`),
  );
}

function describeJob(world: World, job: JobState, epochs: number): JobReport {
  const { jobId, owner, specHash, classId, nodes, start, rate, deposit, paid, burned, refunded } = job;
  const end = endOfJob(job);
  const assignments = job.seats.map((seat) => describeSeat(world, job, seat, epochs));
  return {
    ...{ jobId: jobId.toString(), owner, specHash, classId, nodes },
    from: start === 0n ? null : Number(start),
    to: end === undefined ? null : Number(end),
    rate: rate.toString(),
    ...inText({ deposit, paid, burned, refunded }),
    expected: isSettled(job) ? inText(expectedOfJob(world, job)) : null,
    engine: world.containers.kind,
    containerOutput: assignments.find(({ containerOutput }) => containerOutput !== null)?.containerOutput ?? null,
    assignments,
  };
}

function describeSeat({ jobs }: World, job: JobState, seat: JobSeat, epochs: number): AssignmentReport {
  const { tokenId, assignment, from } = seat;
  const sums = [0n, ...jobs.sumsOf(assignment).slice(0, epochs)];
  return {
    deed: deedId(DeedKind.NODE, BigInt(tokenId)).toString(),
    name: `${kindSymbol(DeedKind.NODE)}:${tokenId}`,
    assignment,
    from: Number(from),
    to: Number(endOfSeat(job, seat)),
    perEpoch: sums.slice(1).map((sum, index) => Number(sum - (sums[index] as bigint))),
    cumulative: (sums.at(-1) as bigint).toString(),
    containerOutput: jobs.outputOf(assignment) ?? null,
  };
}

function isSettled(job: JobState): boolean {
  return job.seats.length > 0 && job.seats.every((seat) => seat.unsettledFrom >= endOfSeat(job, seat));
}

function inText<Name extends string>(amounts: Readonly<Record<Name, bigint>>): Record<Name, string> {
  const entries = Object.entries<bigint>(amounts).map(([name, amount]) => [name, amount.toString()]);
  return Object.fromEntries(entries) as Record<Name, string>;
}
