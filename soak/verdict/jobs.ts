import { balance, isOver, JobModel } from "../../test/helpers/jobModel.js";
import type { History, JobEvent } from "../history.js";

/** What the escrow did, held against a model that is driven by the same events. */
export interface JobFindings {
  /** Amounts that are not the model's, and deeds that were not paid up to their end. */
  readonly wrong: readonly string[];
  readonly lost: readonly string[];
  /** Sum over all jobs, and over the escrow as a whole, of how far the balance is off. */
  readonly imbalanceWei: bigint;
}

export function judgeJobs(history: History): JobFindings {
  const model = new JobModel(history.jobTerm);
  const wrong = history.jobEvents.flatMap((event) => replay(model, event));
  const lost = model.jobs.flatMap((job, index) => {
    const problems: string[] = [];
    const name = `job ${index + 1}`;
    if (!isOver(job, history.last + 1)) problems.push(`${name} is not over, and everybody has closed`);
    for (const { deed, from, to, settledTo } of job.stints)
      if (settledTo < (to ?? (job.start ?? 0) + job.epochs))
        problems.push(`ND:${deed} served ${name} from epoch ${from} on, and is settled up to ${settledTo} only`);
    const rest = balance(job);
    if (rest > 0n) problems.push(`${name} still holds ${rest} wei of its owner`);
    return problems;
  });
  return { wrong, lost, imbalanceWei: imbalance(history, model) };
}

function imbalance({ escrow }: History, model: JobModel): bigint {
  const off = model.jobs.map((job, index) => distance(balance(job), escrow.balances.get(index + 1) ?? 0n));
  const expected = model.jobs.reduce((sum, job) => sum + balance(job), 0n);
  return off.reduce((sum, each) => sum + each, distance(expected, escrow.held));
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a;
}

/** A sentence when the model does not come to what the chain says. */
function replay(model: JobModel, event: JobEvent): string[] {
  const { jobId, now } = event;
  if (event.kind === "created") {
    const deposit = model.create(event.owner, event.rate, event.nodes, event.epochs);
    return differs(jobId, "deposit", event.deposit, deposit);
  }
  const job = model.job(jobId);
  switch (event.kind) {
    case "extended":
      return differs(
        jobId,
        "deposit of an extension",
        event.deposit,
        model.extend(job, now, event.epochs - job.epochs),
      );
    case "closed":
      // What it gives back is an event of its own.
      job.epochs = job.start === undefined ? 0 : Math.min(now + 2, job.start + job.epochs) - job.start;
      return [];
    case "assigned":
      return model.assign(job, now, event.leaving, event.joining, () => true)
        ? []
        : [`job ${jobId}: the model refuses the assignment of ND ${event.joining.join(", ")} in epoch ${now}`];
    case "settled": {
      const { tokenId, epoch, cumulative, paid, burned } = event;
      const settlement = model.settle(job, epoch + 1, tokenId, cumulative);
      return [
        ...differs(jobId, `payment to ND:${tokenId}`, paid, settlement?.paid),
        ...differs(jobId, `burning for ND:${tokenId}`, burned, settlement?.burned),
      ];
    }
    case "refunded":
      return differs(jobId, "refund", event.amount, model.refund(job, now));
  }
}

function differs(jobId: number, what: string, got: bigint, wanted: bigint | undefined): string[] {
  return got === wanted ? [] : [`job ${jobId}: ${what} of ${got} wei, and the model says ${wanted ?? "none"}`];
}
