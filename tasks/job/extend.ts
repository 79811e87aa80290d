import { KeeperError } from "../../keepers/core/errors.js";
import { action } from "../lib/action.js";
import { formatAmount } from "../lib/amounts.js";
import { readJob } from "../lib/jobs.js";
import { approvePayment } from "../lib/permit.js";
import { readPrice } from "../lib/price.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments } from "../lib/session.js";

interface ExtendArguments extends SenderArguments {
  readonly job: number;
  readonly epochs: number;
}

export default action<ExtendArguments>(async ({ job: jobId, epochs }, session) => {
  if (epochs < 1) throw new KeeperError("JOB_INVALID", `epochs: got ${epochs}, want 1 or more`);
  const protocol = await session.protocol();
  const { jobEscrow } = protocol.contracts;
  const job = await readJob(protocol, jobId);
  const deposit = job.rate * BigInt(job.nodes * epochs);
  await approvePayment(session, await jobEscrow.getAddress(), deposit);
  const transaction = await jobEscrow.extend.populateTransaction(jobId, epochs);
  const outcome = await send(session, { label: `extending job ${jobId}`, transaction });
  const price = await readPrice(protocol);
  return answerOf(outcome, () => ({
    json: { jobId, epochs: job.epochs + epochs, deposit },
    lines: [`Job ${jobId} lasts ${job.epochs + epochs} epochs now: paid ${formatAmount(deposit, price)}.`],
  }));
});
