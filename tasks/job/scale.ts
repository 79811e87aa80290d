import { KeeperError } from "../../keepers/core/errors.js";
import { DeedKind, parseDeedId } from "../../keepers/protocol/deedId.js";
import { action } from "../lib/action.js";
import { formatAmount } from "../lib/amounts.js";
import { type JobRecord, readJob } from "../lib/jobs.js";
import { parseDeed } from "../lib/names.js";
import { approvePayment } from "../lib/permit.js";
import { readPrice } from "../lib/price.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments, Session } from "../lib/session.js";

interface ScaleArguments extends SenderArguments {
  readonly job: number;
  readonly nodes: number;
  readonly leaving: string | undefined;
}

export default action<ScaleArguments>(async (args, session) => {
  const protocol = await session.protocol();
  const job = await readJob(protocol, args.job);
  const leaving = tokenIds(args.leaving);
  requireChange(args, job, leaving);
  const more = args.nodes - job.nodes;
  const deposit = more > 0 ? await depositFor(job, more, session) : 0n;
  const { jobEscrow } = protocol.contracts;
  if (deposit > 0n) await approvePayment(session, await jobEscrow.getAddress(), deposit);
  const transaction =
    more > 0
      ? await jobEscrow.scaleUp.populateTransaction(job.jobId, more)
      : await jobEscrow.scaleDown.populateTransaction(job.jobId, -more, leaving);
  const outcome = await send(session, { label: `scaling job ${job.jobId}`, transaction });
  const price = await readPrice(protocol);
  const paid = more > 0 ? `: paid ${formatAmount(deposit, price)}` : "; job:refund returns what is free now";
  return answerOf(outcome, () => ({
    json: { jobId: job.jobId, nodes: args.nodes, deposit },
    lines: [`Job ${job.jobId} has ${args.nodes} nodes now${paid}.`],
  }));
});

function requireChange({ nodes }: ScaleArguments, job: JobRecord, leaving: readonly number[]): void {
  if (nodes < 1) throw new KeeperError("JOB_INVALID", `nodes: got ${nodes}, want 1 or more; end a job with job:close`);
  if (nodes === job.nodes) throw new KeeperError("JOB_INVALID", `job ${job.jobId} has ${nodes} nodes already`);
  if (nodes > job.nodes && leaving.length > 0) {
    throw new KeeperError("JOB_INVALID", "--leaving: nobody leaves when nodes are added");
  }
}

/** New places are paid for the epochs after the running one. */
async function depositFor({ rate, epochs, start }: JobRecord, more: number, session: Session): Promise<bigint> {
  const { epochLedger } = (await session.protocol()).contracts;
  const next = start === undefined ? 0n : (await epochLedger.currentEpoch()) + 1n - start;
  const left = BigInt(epochs) - next;
  return left > 0n ? rate * BigInt(more) * left : 0n;
}

function tokenIds(text: string | undefined): number[] {
  if (text === undefined) return [];
  return text.split(",").map((name) => {
    const { kind, tokenId } = parseDeedId(parseDeed(name.trim()));
    if (kind === DeedKind.NODE) return Number(tokenId);
    throw new KeeperError("DEED_INVALID", `--leaving: ${name} is no Node Deed, and only these serve jobs`);
  });
}
