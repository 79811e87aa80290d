import type { z } from "zod";
import type { Clock } from "../core/clock.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { retry } from "../core/retry.js";
import type { Address } from "../protocol/bytes.js";
import { createQueue } from "../queue/createQueue.js";
import type { WorkQueue } from "../queue/workQueue.js";
import { type ProbeTask, probeTaskSchema } from "./probing/queuedProbe.js";
import { type TransactionTask, transactionTaskSchema } from "./queuedTransactions.js";

/** What an oracle does in the background. */
export interface OracleQueues {
  /** Of its own account, and so one at a time. */
  readonly transactions: WorkQueue<TransactionTask>;
  readonly probes: WorkQueue<ProbeTask>;
}

export interface OracleQueuesOptions {
  readonly oracle: Address;
  /** Without one the tasks stay in this process. */
  readonly redisUrl: string | undefined;
}

export interface OracleQueuesDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Ends the waiting for a Redis that is away. */
  readonly signal: AbortSignal;
}

const CLOSE_MS = 500;
const REOPEN = { baseMs: 500, maximumMs: 15_000, attempts: Infinity };
const TRANSACTIONS = { concurrency: 1, attempts: 3, backoff: { baseMs: 1_000, maximumMs: 4_000 }, deadLimit: 100 };
/** As many as the prober has under way; whoever asks knows what a failure means, and asks again. */
const PROBES = { concurrency: 64, attempts: 1, backoff: { baseMs: 0, maximumMs: 0 }, deadLimit: 0 };

/** Rejects with `QUEUE_UNSAFE`; a Redis that is away is waited for. */
export async function openQueues(
  { oracle, redisUrl }: OracleQueuesOptions,
  dependencies: OracleQueuesDependencies,
): Promise<OracleQueues> {
  const { logger, signal } = dependencies;
  const onRetry = (error: unknown): void => {
    logger.warn("the queues cannot be opened yet", { error: String(error) });
  };
  const open = <T>(name: string, schema: z.ZodType<T>, rest: typeof PROBES): Promise<WorkQueue<T>> => {
    const options = { name: `${name}-${oracle}`, schema, closeMs: CLOSE_MS, redisUrl, ...rest };
    return retry(() => createQueue<T>(options, dependencies), { ...REOPEN, signal, onRetry }, dependencies);
  };
  const transactions = await open("transactions", transactionTaskSchema, TRANSACTIONS);
  return { transactions, probes: await open("probes", probeTaskSchema, PROBES) };
}
