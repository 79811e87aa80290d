import { z } from "zod";
import type { MinedReceipt } from "../chain/rpcSchemas.js";
import type { TransactionCall } from "../chain/transactionRpc.js";
import type { TransactionSender } from "../chain/transactionSender.js";
import { AwaitedTasks, type AwaitedTasksDependencies } from "../queue/awaitedTasks.js";

const hex = z.string().regex(/^0x(?:[0-9a-f]{2})*$/u);

/** A call that is to be sent, not signed yet. */
export const transactionTaskSchema = z.strictObject({ label: z.string().max(200), to: hex, data: hex });
export type TransactionTask = z.output<typeof transactionTaskSchema>;

export interface QueuedTransactionsDependencies extends Omit<
  AwaitedTasksDependencies<TransactionTask, MinedReceipt>,
  "work"
> {
  /** Tries each call on the newest block before it is signed: what cannot go well any more is not sent. */
  readonly sender: Pick<TransactionSender, "send" | "address">;
}

/**
 * Transactions of one account by way of a queue: one at a time, again after failures that pass, and after a crash. It is for calls that
 * take effect once however often they are sent.
 */
export class QueuedTransactions implements Pick<TransactionSender, "send"> {
  readonly #account: string;
  readonly #tasks: AwaitedTasks<TransactionTask, MinedReceipt>;

  constructor({ sender, ...dependencies }: QueuedTransactionsDependencies) {
    this.#account = sender.address;
    const work = ({ label, to, data }: TransactionTask, { signal }: { readonly signal: AbortSignal }) =>
      sender.send(label, { to, data }, signal);
    this.#tasks = new AwaitedTasks({}, { ...dependencies, work });
  }

  /** As `TransactionSender.send`, and as `WorkQueue.add`. */
  send(label: string, { to, data }: TransactionCall): Promise<MinedReceipt> {
    return this.#tasks.do({ label, to, data }, { key: this.#account });
  }

  /** Idempotent. */
  close(): Promise<void> {
    return this.#tasks.close();
  }
}
