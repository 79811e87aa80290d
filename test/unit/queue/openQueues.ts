import { join } from "node:path";
import type { Clock } from "../../../keepers/core/clock.js";
import { SystemDisk } from "../../../keepers/core/disk.js";
import type { Logger } from "../../../keepers/core/logger.js";
import type { Random } from "../../../keepers/core/random.js";
import { BullQueue } from "../../../keepers/queue/bullQueue.js";
import { EmbeddedQueue } from "../../../keepers/queue/embeddedQueue.js";
import { MAX_ENTRY_BYTES } from "../../../keepers/queue/taskLog.js";
import type { QueueOptions } from "../../../keepers/queue/workQueue.js";
import { FileJournal } from "../../../keepers/storage/fileJournal.js";
import { queueOptions, type Work } from "./queueHarness.js";

export interface QueueDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
}

/** With its log in a folder. */
export async function openEmbedded(
  folder: string,
  changes: Partial<QueueOptions<Work>>,
  dependencies: QueueDependencies,
): Promise<EmbeddedQueue<Work>> {
  const path = join(folder, "queue.log");
  const log = await FileJournal.open({ path, maximumRecordBytes: MAX_ENTRY_BYTES }, { disk: new SystemDisk() });
  return EmbeddedQueue.open({ ...queueOptions, ...changes }, { ...dependencies, log });
}

/** In the Redis at `url`, quick to notice that a process is gone. */
export function openBull(
  url: string,
  changes: Partial<QueueOptions<Work>> & { readonly lockMs?: number },
  dependencies: QueueDependencies,
): Promise<BullQueue<Work>> {
  return BullQueue.open({ ...queueOptions, url, timeoutMs: 5_000, lockMs: 1_000, ...changes }, dependencies);
}
