import type { TransactionReceipt } from "ethers";

import type { Session } from "../lib/session.js";

/** Wei that a transaction sent back to a job's owner. */
export async function refundedBy({ logs }: TransactionReceipt, session: Session): Promise<bigint> {
  const { jobEscrow } = (await session.protocol()).contracts;
  const event = logs.map((log) => jobEscrow.interface.parseLog(log)).find((parsed) => parsed?.name === "Refunded");
  return event === undefined || event === null ? 0n : (event.args["amount"] as bigint);
}
