/**
 * What the job escrow does with money, written down a second time and naively: a job is a list of stints, and what it still
 * owes is counted epoch by epoch. Epochs are the network's. Nothing of the contracts or keepers is used.
 */

/** One deed's time in a place of a job. */
interface Stint {
  readonly deed: number;
  /** First epoch that is paid. */
  readonly from: number;
  /** First epoch that is not paid any more; undefined: the job's end. */
  to: number | undefined;
  /** Everything before this epoch is settled. */
  settledTo: number;
}

export interface ModelJob {
  readonly owner: string;
  readonly rate: bigint;
  nodes: number;
  epochs: number;
  /** First epoch that is paid; undefined before the first assignment. */
  start: number | undefined;
  sequence: number;
  deposited: bigint;
  paid: bigint;
  burned: bigint;
  refunded: bigint;
  stints: Stint[];
  /** Service bytes that are settled, by deed. */
  settled: Map<number, bigint>;
}

/** What a settlement comes to. */
export interface Settlement {
  readonly deed: number;
  readonly paid: bigint;
  readonly burned: bigint;
}

const FULL = 255n;
const MOST_EPOCHS = 3_650;
const MOST_NODES = 64;
const UINT32_MAX = 2n ** 32n - 1n;

export class JobModel {
  readonly jobs: ModelJob[] = [];
  readonly #term: number;

  constructor(term: number) {
    this.#term = term;
  }

  /** Job numbers count from 1. */
  job(jobId: number): ModelJob {
    return this.jobs[jobId - 1]!;
  }

  /** The deposit; undefined: refused, as every `undefined` below. */
  create(owner: string, rate: bigint, nodes: number, epochs: number): bigint | undefined {
    if (nodes < 1 || nodes > MOST_NODES || epochs < this.#term || epochs > MOST_EPOCHS) return undefined;
    const deposited = rate * BigInt(nodes * epochs);
    const job = {
      owner,
      rate,
      nodes,
      epochs,
      start: undefined,
      sequence: 0,
      deposited,
      stints: [],
      settled: new Map(),
    };
    this.jobs.push({ ...job, paid: 0n, burned: 0n, refunded: 0n });
    return deposited;
  }

  extend(job: ModelJob, now: number, epochs: number): bigint | undefined {
    if (isOver(job, now) || epochs < 1 || job.epochs + epochs > MOST_EPOCHS) return undefined;
    job.epochs += epochs;
    return deposit(job, job.nodes * epochs);
  }

  scaleUp(job: ModelJob, now: number, more: number): bigint | undefined {
    const left = epochsToCome(job, now).length;
    if (isOver(job, now) || left === 0 || more < 1 || job.nodes + more > MOST_NODES) return undefined;
    job.nodes += more;
    return deposit(job, more * left);
  }

  scaleDown(job: ModelJob, now: number, fewer: number, leaving: readonly number[]): true | undefined {
    const nodes = job.nodes - fewer;
    if (isOver(job, now) || fewer < 1 || nodes < 1 || !canLeave(job, leaving)) return undefined;
    const stay = active(job).length - leaving.length;
    if (leaving.length === 0 ? stay > nodes : stay !== nodes) return undefined;
    leave(job, leaving, Math.min(now + 2, endOf(job)));
    job.nodes = nodes;
    return true;
  }

  /** What goes back to the owner. */
  close(job: ModelJob, now: number): bigint | undefined {
    if (isOver(job, now)) return undefined;
    job.epochs = job.start === undefined ? 0 : Math.min(now + 2, endOf(job)) - job.start;
    return this.refund(job, now);
  }

  refund(job: ModelJob, now: number): bigint {
    const amount = refundable(job, now);
    job.refunded += amount;
    return amount;
  }

  assign(
    job: ModelJob,
    now: number,
    leaving: readonly number[],
    joining: readonly number[],
    serves: (deed: number) => boolean,
  ): true | undefined {
    if (leaving.length + joining.length === 0 || epochsToCome(job, now).length === 0) return undefined;
    if (!canLeave(job, leaving)) return undefined;
    const before = structuredClone(job.stints);
    leave(job, leaving, now + 1);
    const free = job.nodes - active(job).length;
    const fits = joining.length <= free && new Set(joining).size === joining.length;
    if (!fits || !joining.every((deed) => canJoin(job, deed) && serves(deed))) {
      job.stints = before;
      return undefined;
    }
    job.start ??= now + 1;
    job.sequence += 1;
    for (const deed of joining) job.stints.push({ deed, from: now + 1, to: undefined, settledTo: now + 1 });
    return true;
  }

  /** By a root that covers all epochs before `covered`. */
  settle(job: ModelJob, covered: number, deed: number, cumulative: bigint): Settlement | undefined {
    const stint = job.stints.findLast((each) => each.deed === deed);
    const to = stint && this.#dueTo(job, covered, stint);
    if (stint === undefined || to === undefined) return undefined;
    const epochs = BigInt(to - stint.settledTo);
    const before = job.settled.get(deed) ?? 0n;
    const fresh = cumulative > before ? cumulative - before : 0n;
    const bytes = fresh < FULL * epochs ? fresh : FULL * epochs;
    const gross = (job.rate * bytes) / FULL;
    const kept = bytes * 100n < 98n * FULL * epochs ? (gross + 9n) / 10n : 0n;
    const paid = ((gross - kept) * 85n) / 100n;
    const burned = gross - kept - paid;
    job.paid += paid;
    job.burned += burned;
    stint.settledTo = to;
    if (stint.to === undefined && to === endOf(job)) stint.to = to;
    const most = cumulative > before ? cumulative : before;
    job.settled.set(deed, most < UINT32_MAX ? most : UINT32_MAX);
    return { deed, paid, burned };
  }

  /** Up to where a stint is settled; undefined when nothing is due. */
  #dueTo(job: ModelJob, covered: number, { to, settledTo }: Stint): number | undefined {
    const end = to ?? endOf(job);
    if (covered >= end) return settledTo < end ? end : undefined;
    return to === undefined && covered - settledTo >= this.#term ? covered : undefined;
  }
}

/** Wei that a job still has. */
export function balance({ deposited, paid, burned, refunded }: ModelJob): bigint {
  return deposited - paid - burned - refunded;
}

/** Wei that no assignment can earn any more. */
export function refundable(job: ModelJob, now: number): bigint {
  let placeEpochs = 0;
  for (const { to, settledTo } of job.stints) {
    for (let epoch = settledTo; epoch < (to ?? endOf(job)); epoch++) placeEpochs++;
  }
  placeEpochs += epochsToCome(job, now).length * (job.nodes - active(job).length);
  return balance(job) - job.rate * BigInt(placeEpochs);
}

/** The deeds that are in a place. */
export function active(job: ModelJob): number[] {
  return job.stints.filter(({ to }) => to === undefined).map(({ deed }) => deed);
}

function endOf(job: ModelJob): number {
  return (job.start ?? 0) + job.epochs;
}

/** Whether nothing of it can be changed any more. */
export function isOver(job: ModelJob, now: number): boolean {
  return job.epochs === 0 || (job.start !== undefined && now >= endOf(job));
}

/** Epochs of the job after the running one; all of them while it waits. */
function epochsToCome(job: ModelJob, now: number): number[] {
  const first = job.start ?? 0;
  const all = Array.from({ length: job.epochs }, (_, i) => first + i);
  return job.start === undefined ? all : all.filter((epoch) => epoch > now);
}

function deposit(job: ModelJob, placeEpochs: number): bigint {
  const amount = job.rate * BigInt(placeEpochs);
  job.deposited += amount;
  return amount;
}

function canLeave(job: ModelJob, leaving: readonly number[]): boolean {
  const serving = active(job);
  return new Set(leaving).size === leaving.length && leaving.every((deed) => serving.includes(deed));
}

function leave(job: ModelJob, leaving: readonly number[], to: number): void {
  for (const stint of job.stints) if (stint.to === undefined && leaving.includes(stint.deed)) stint.to = to;
}

/** Neither serves already, nor served without having been settled. */
function canJoin(job: ModelJob, deed: number): boolean {
  return job.stints.every((stint) => stint.deed !== deed || (stint.to !== undefined && stint.settledTo === stint.to));
}
