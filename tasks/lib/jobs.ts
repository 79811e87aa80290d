import { KeeperError } from "../../keepers/core/errors.js";
import { type CatalogEntry, nameOf } from "./catalog.js";
import { scanEvents } from "./events.js";
import { mapAtMost } from "./parallel.js";
import type { Protocol } from "./protocol.js";
import type { Terminal } from "./terminal.js";

/** A job as it stands on chain. Amounts are wei. */
export interface JobRecord {
  readonly jobId: number;
  readonly owner: string;
  readonly specHash: string;
  readonly classId: number;
  /** 0: none. */
  readonly gpu: number;
  readonly nodes: number;
  readonly active: number;
  readonly epochs: number;
  /** First epoch that is paid; undefined before the first assignment. */
  readonly start: bigint | undefined;
  readonly rate: bigint;
  readonly balance: bigint;
  /** What of the balance nobody can earn any more. */
  readonly refundable: bigint;
}

/** What a Node Deed served, and is not settled, of a job. */
export interface ServiceRecord {
  readonly tokenId: number;
  /** First epoch that is not settled yet. */
  readonly from: bigint;
  /** First epoch that is not paid any more. */
  readonly to: bigint;
  readonly isActive: boolean;
}

const REQUESTS = 8;

/** @throws KeeperError `JOB_UNKNOWN` */
export async function readJob({ contracts: { jobEscrow } }: Protocol, jobId: number): Promise<JobRecord> {
  const count = await jobEscrow.jobCount();
  if (jobId < 1 || BigInt(jobId) > count) {
    const range = count === 0n ? "there are none yet" : `there are jobs 1 to ${count.toString()}`;
    throw new KeeperError("JOB_UNKNOWN", `there is no job ${jobId}: ${range}`);
  }
  const [job, refundable] = await Promise.all([jobEscrow.jobOf(jobId), jobEscrow.refundable(jobId)]);
  const { owner, specHash, rate, balance, start } = job;
  return {
    jobId,
    owner,
    specHash,
    classId: Number(job.class),
    gpu: Number(job.gpu),
    nodes: Number(job.nodes),
    active: Number(job.active),
    epochs: Number(job.epochs),
    start: start === 0n ? undefined : start,
    rate,
    balance,
    refundable,
  };
}

/** The jobs of an owner, or the newest of all, by number. */
export async function readJobs(
  protocol: Protocol,
  { owner, limit }: { readonly owner: string | undefined; readonly limit: number },
  terminal: Terminal,
): Promise<{ readonly jobs: readonly JobRecord[]; readonly total: number }> {
  const ids = owner === undefined ? await allJobs(protocol) : await jobsOfOwner(protocol, owner, terminal);
  const shown = ids.slice(-limit);
  const jobs = await terminal.during(`reading ${shown.length} jobs`, (relabel) =>
    mapAtMost(REQUESTS, shown, (jobId, index) => {
      relabel(`reading job ${index + 1} of ${shown.length}`);
      return readJob(protocol, jobId);
    }),
  );
  return { jobs, total: ids.length };
}

async function allJobs({ contracts: { jobEscrow } }: Protocol): Promise<number[]> {
  return Array.from({ length: Number(await jobEscrow.jobCount()) }, (_, i) => i + 1);
}

async function jobsOfOwner(protocol: Protocol, owner: string, terminal: Terminal): Promise<number[]> {
  const { jobEscrow } = protocol.contracts;
  const filter = jobEscrow.filters.JobCreated(undefined, owner);
  const events = await terminal.during(`looking for the jobs of ${owner}`, (relabel) =>
    scanEvents(protocol, (from, to) => jobEscrow.queryFilter(filter, from, to), relabel),
  );
  return events.map(({ args }) => Number(args.jobId));
}

/** Every deed that was ever assigned to a job and has something to be settled, ascending. */
export async function readServices(protocol: Protocol, jobId: number, terminal: Terminal): Promise<ServiceRecord[]> {
  const { jobEscrow } = protocol.contracts;
  const filter = jobEscrow.filters.NodesAssigned(jobId);
  const events = await terminal.during(`looking for the deeds of job ${jobId}`, (relabel) =>
    scanEvents(protocol, (from, to) => jobEscrow.queryFilter(filter, from, to), relabel),
  );
  const tokens = new Set(events.flatMap(({ args }) => args.joining.map(Number)));
  const sorted = [...tokens].sort((a, b) => a - b);
  const services = await mapAtMost(REQUESTS, sorted, async (tokenId) => {
    const { from, to, isActive } = await jobEscrow.serviceOf(jobId, tokenId);
    return { tokenId, from, to, isActive };
  });
  return services.filter(({ from, to }) => from < to);
}

/** The first epoch by whose root a service can be settled. */
export function dueAt({ from, to, isActive }: ServiceRecord, term: bigint): bigint {
  const last = to - 1n;
  const term1 = from + term - 1n;
  return isActive && term1 < last ? term1 : last;
}

/** How far a job is, in words. */
export function phaseOf({ start, epochs, active, nodes }: JobRecord, now: bigint): string {
  if (epochs === 0) return "closed before it began";
  if (start === undefined) return "waits for nodes";
  const end = start + BigInt(epochs);
  if (now >= end) return "over";
  const missing = active < nodes ? `, ${nodes - active} of ${nodes} places free` : "";
  if (now < start) return `begins with epoch ${start.toString()}${missing}`;
  return `runs until epoch ${(end - 1n).toString()}${missing}`;
}

/** `LOW1`, or `LOW1 + G-MED`. */
export function classText({ classId, gpu }: JobRecord, entries: readonly CatalogEntry[]): string {
  return gpu === 0 ? nameOf(entries, classId) : `${nameOf(entries, classId)} + ${nameOf(entries, gpu)}`;
}

/** A job as JSON; amounts in wei. */
export function jobJson(job: JobRecord) {
  return { ...job, start: job.start ?? null };
}
