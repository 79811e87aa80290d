import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { SeededRandom } from "../../../keepers/core/random.js";
import type { QueueOptions, TaskRun, WorkQueue } from "../../../keepers/queue/workQueue.js";
import { ServiceProcess } from "../../helpers/services/serviceProcess.js";

export const work = z.strictObject({ name: z.string(), size: z.int().optional() });
export type Work = z.output<typeof work>;

export const queueOptions: QueueOptions<Work> = {
  ...{ name: "launches", schema: work, concurrency: 4, attempts: 3 },
  ...{ backoff: { baseMs: 20, maximumMs: 1_000, jitter: 0.5 }, deadLimit: 3, closeMs: 60_000 },
};

/** One implementation, in a place of its own for each test. */
export interface QueueHarness {
  /** The queue of this test; after a crash or a close with the tasks that it has. */
  open(changes?: Partial<QueueOptions<Work>>, random?: SeededRandom): Promise<WorkQueue<Work>>;
  /** Milliseconds since 1970 by the queue's clock. */
  now(): number;
  /** Lets time pass until it holds. */
  until(holds: () => boolean): Promise<void>;
  /** What `crashingProcess.ts` wants to know to open the same queue. */
  readonly place: readonly string[];
  dispose(): Promise<void>;
}

/** One task as the handler saw it. */
export interface Seen extends Omit<TaskRun, "signal"> {
  readonly task: Work;
  readonly at: number;
}

const script = fileURLToPath(import.meta.resolve("./crashingProcess.ts"));

/** Opens the queue in a process of its own, which says what it does and is to be killed. */
export function startProcess(harness: QueueHarness, tasks: readonly object[]): ServiceProcess {
  return new ServiceProcess(process.execPath, ["--import", "tsx", script, JSON.stringify(tasks), ...harness.place]);
}
