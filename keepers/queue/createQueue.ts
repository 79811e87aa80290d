import type { Clock } from "../core/clock.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { BullQueue } from "./bullQueue.js";
import { EmbeddedQueue } from "./embeddedQueue.js";
import type { TaskLog } from "./taskLog.js";
import type { QueueOptions, WorkQueue } from "./workQueue.js";

export interface CreateQueueOptions<T> extends QueueOptions<T> {
  /** `REDIS_URL`; without one the tasks stay in this process. */
  readonly redisUrl: string | undefined;
}

export interface CreateQueueDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger | undefined;
  /** Opens the log that the embedded queue keeps its tasks in; without it they end with the process. */
  readonly openLog?: (() => Promise<TaskLog>) | undefined;
}

const TIMEOUT_MS = 5_000;
const LOCK_MS = 30_000;

/** BullMQ on Redis where there is one, and otherwise the embedded queue. Rejects as the `open` of either does. */
export async function createQueue<T>(
  { redisUrl, ...options }: CreateQueueOptions<T>,
  { openLog, ...dependencies }: CreateQueueDependencies,
): Promise<WorkQueue<T>> {
  if (redisUrl === undefined) return EmbeddedQueue.open(options, { ...dependencies, log: await openLog?.() });
  return BullQueue.open({ ...options, url: redisUrl, timeoutMs: TIMEOUT_MS, lockMs: LOCK_MS }, dependencies);
}
