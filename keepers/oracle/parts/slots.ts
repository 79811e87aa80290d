import { join } from "node:path";
import type { Clock } from "../../core/clock.js";
import type { Disk } from "../../core/disk.js";
import { describeError } from "../../core/errors.js";
import type { Lifecycle } from "../../core/lifecycle.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import type { EpochClock } from "../../protocol/epochClock.js";
import { FileSlotStore } from "../../storage/fileSlotStore.js";
import { RedisSlotStore } from "../../storage/redis/redisSlotStore.js";
import type { SlotOwner } from "../../storage/redis/slotKeys.js";
import type { SlotStore } from "../../storage/slotStore.js";
import { replaySlots } from "../ingest/ages.js";

export interface SlotsOptions {
  readonly epochClock: EpochClock;
  readonly maximumNodes: number;
}

export interface RedisSlotsDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const DISK_FLUSH_MS = 1_000;
const REDIS = {
  flushMs: 50,
  refreshMs: 2_000,
  /** Longer than a heartbeat waits for its block. */
  waitingMs: 900_000,
  /** Redis flushes once a second, and takes up to a second for it, in its usual configuration. */
  recentMs: 3_000,
  timeoutMs: 2_000,
  backoff: { baseMs: 100, maximumMs: 5_000 },
};
/** With 20 s slots, heartbeats of more than five minutes. */
const WAITING_PER_NODE = 16;

/** Heartbeat slots in memory and in a folder. */
export async function openDiskSlots(
  options: SlotsOptions & { readonly dataDir: string },
  { clock, disk, logger }: { readonly clock: Clock; readonly disk: Disk; readonly logger: Logger },
  lifecycle: Lifecycle,
): Promise<SlotStore> {
  const { dataDir, epochClock, maximumNodes } = options;
  const { slotsPerEpoch } = epochClock;
  const slots = await FileSlotStore.open(
    { directory: join(dataDir, "slots"), slotsPerEpoch, maximumNodes, flushMs: DISK_FLUSH_MS },
    {
      clock,
      disk,
      onError: (error) => logger.error("heartbeat slots are not on disk", { error: describeError(error) }),
    },
  );
  lifecycle.onClose("slots", () => slots.close());
  return slots;
}

/** Heartbeat slots in Redis, shared by the processes that hear for one oracle. */
export async function openRedisSlots(
  options: SlotsOptions & { readonly redisUrl: string; readonly owner: SlotOwner },
  dependencies: RedisSlotsDependencies,
  lifecycle: Lifecycle,
): Promise<RedisSlotStore> {
  const { redisUrl: url, owner, epochClock, maximumNodes } = options;
  const limits = { maximumNodes, waitingLimit: WAITING_PER_NODE * maximumNodes, replaySlots: replaySlots(epochClock) };
  const { slotsPerEpoch } = epochClock;
  const slots = await RedisSlotStore.open({ ...REDIS, ...limits, url, owner, slotsPerEpoch }, dependencies);
  lifecycle.onClose("slots", () => slots.close());
  return slots;
}
