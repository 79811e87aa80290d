import { action } from "../lib/action.js";
import { formatAmount } from "../lib/amounts.js";
import { phaseOf, readJob } from "../lib/jobs.js";
import { readPrice } from "../lib/price.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments } from "../lib/session.js";
import { refundedBy } from "./refunded.js";

interface CloseArguments extends SenderArguments {
  readonly job: number;
}

export default action<CloseArguments>(async ({ job: jobId }, session) => {
  const protocol = await session.protocol();
  const { jobEscrow, epochLedger } = protocol.contracts;
  await readJob(protocol, jobId);
  const transaction = await jobEscrow.close.populateTransaction(jobId);
  const outcome = await send(session, { label: `closing job ${jobId}`, transaction });
  return answerOf(outcome, async (receipt) => {
    const refunded = await refundedBy(receipt, session);
    const job = await readJob(protocol, jobId);
    const phase = phaseOf(job, await epochLedger.currentEpoch());
    const price = await readPrice(protocol);
    const rest = job.balance > 0n ? [`${formatAmount(job.balance, price)} stay until its deeds are settled.`] : [];
    return {
      json: { jobId, phase, refunded, left: job.balance },
      lines: [`Closed job ${jobId}: ${phase}. Refunded ${formatAmount(refunded, price)} to ${job.owner}.`, ...rest],
    };
  });
});
