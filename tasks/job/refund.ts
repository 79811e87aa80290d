import { KeeperError } from "../../keepers/core/errors.js";
import { action } from "../lib/action.js";
import { formatAmount } from "../lib/amounts.js";
import { readJob } from "../lib/jobs.js";
import { readPrice } from "../lib/price.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments } from "../lib/session.js";
import { refundedBy } from "./refunded.js";

interface RefundArguments extends SenderArguments {
  readonly job: number;
}

export default action<RefundArguments>(async ({ job: jobId }, session) => {
  const protocol = await session.protocol();
  const { owner, refundable } = await readJob(protocol, jobId);
  if (refundable === 0n) {
    throw new KeeperError("NOTHING_TO_REFUND", `all that job ${jobId} has left can still be earned by its deeds`);
  }
  const transaction = await protocol.contracts.jobEscrow.refund.populateTransaction(jobId);
  const outcome = await send(session, { label: `refunding job ${jobId}`, transaction });
  return answerOf(outcome, async (receipt) => {
    const refunded = await refundedBy(receipt, session);
    const price = await readPrice(protocol);
    return {
      json: { jobId, owner, refunded },
      lines: [`Refunded ${formatAmount(refunded, price)} of job ${jobId} to ${owner}.`],
    };
  });
});
