import { z } from "zod";
import type { Clock } from "../../core/clock.js";
import { describeError, errorCode } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import type { Address } from "../../protocol/bytes.js";
import { createQueue } from "../../queue/createQueue.js";
import type { WorkQueue } from "../../queue/workQueue.js";

/** A job that is to be made ready to run: what it needs is fetched, checked and handed to the agent. */
export const launchSchema = z.strictObject({
  jobId: z.string().regex(/^\d{1,78}$/u),
  specHash: z.string().regex(/^0x[0-9a-f]{64}$/u),
  seat: z.int().min(0),
});
export type Launch = z.output<typeof launchSchema>;

export interface LaunchesOptions {
  readonly node: Address;
  /** Without one the launches stay in this process: the chain tells the next one of them again. */
  readonly redisUrl?: string | undefined;
}

export interface LaunchesDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const OPTIONS = {
  schema: launchSchema,
  concurrency: 16,
  /** For as long as the chain assigns the job. */
  attempts: Number.MAX_SAFE_INTEGER,
  backoff: { baseMs: 1_000, maximumMs: 60_000 },
  deadLimit: 100,
  closeMs: 1_000,
};

/** The queue of a node's launches. A Redis that is away at the start is done without; rejects with `QUEUE_UNSAFE`. */
export async function openLaunches(
  { node, redisUrl }: LaunchesOptions,
  dependencies: LaunchesDependencies,
): Promise<WorkQueue<Launch>> {
  const options = { ...OPTIONS, name: `launches-${node}` };
  try {
    return await createQueue({ ...options, redisUrl }, dependencies);
  } catch (error) {
    if (errorCode(error) !== "QUEUE_UNAVAILABLE") throw error;
    const what = "launches are queued in this process until the next start, because Redis is away";
    dependencies.logger.warn(what, { error: describeError(error) });
    return createQueue({ ...options, redisUrl: undefined }, dependencies);
  }
}
