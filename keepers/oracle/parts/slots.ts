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
import { ServiceSlots, type SlotShelf } from "../service/serviceSlots.js";

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
/** Service slots: two assignments for each node, and for each of them whether it runs and whether its endpoint failed. */
const KEYS_PER_NODE = 4;
/** As many epochs as are open at a time. */
const SERVICE_FOLDERS = 4n;
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

/** Service slots in four folders that take turns: the files of an epoch go when another one gets its folder. */
export function serviceSlotsOnDisk(
  options: SlotsOptions & { readonly dataDir: string },
  { clock, disk, logger }: { readonly clock: Clock; readonly disk: Disk; readonly logger: Logger },
): SlotShelf {
  const { dataDir, epochClock, maximumNodes } = options;
  const { slotsPerEpoch } = epochClock;
  const folderOf = (epoch: bigint) => join(dataDir, "services", (epoch % SERVICE_FOLDERS).toString());
  const empty = async (directory: string, names: readonly string[]): Promise<void> => {
    for (const name of names) await disk.remove(join(directory, name));
    if (names.length > 0) await disk.syncDirectory(directory);
  };
  return {
    async open(epoch) {
      const directory = folderOf(epoch);
      const names = await disk.list(directory);
      if (!names.includes(`${epoch}.slots`)) await empty(directory, names);
      return FileSlotStore.open(
        { directory, slotsPerEpoch, maximumNodes: KEYS_PER_NODE * maximumNodes, flushMs: DISK_FLUSH_MS },
        {
          clock,
          disk,
          onError: (error) => logger.error("service slots are not on disk", { error: describeError(error) }),
        },
      );
    },
    remove: async (epoch) => empty(folderOf(epoch), await disk.list(folderOf(epoch))),
  };
}

/** Service slots in Redis, an epoch's apart from all others', shared by the processes that hear for one oracle. */
export function serviceSlotsInRedis(
  options: SlotsOptions & { readonly redisUrl: string; readonly owner: SlotOwner },
  dependencies: RedisSlotsDependencies,
): SlotShelf {
  const open = (epoch: bigint) => {
    const section = `services/${epoch}`;
    return RedisSlotStore.open({ ...redisOptions(options, KEYS_PER_NODE), section }, dependencies);
  };
  return {
    open,
    async remove(epoch) {
      const store = await open(epoch);
      try {
        await store.forget();
      } finally {
        await store.close();
      }
    },
  };
}

/** Heartbeat slots in Redis, shared by the processes that hear for one oracle. */
export async function openRedisSlots(
  options: SlotsOptions & { readonly redisUrl: string; readonly owner: SlotOwner },
  dependencies: RedisSlotsDependencies,
  lifecycle: Lifecycle,
): Promise<RedisSlotStore> {
  const slots = await RedisSlotStore.open(redisOptions(options), dependencies);
  lifecycle.onClose("slots", () => slots.close());
  return slots;
}

/** Service slots on a shelf; they are opened once there are jobs. */
export function openServiceSlots(
  { epochClock }: Pick<SlotsOptions, "epochClock">,
  shelf: SlotShelf,
  { logger }: { readonly logger: Logger },
  lifecycle: Lifecycle,
): ServiceSlots {
  const services = new ServiceSlots({ slotsPerEpoch: epochClock.slotsPerEpoch }, { shelf, logger });
  lifecycle.onClose("service slots", () => services.close());
  return services;
}

function redisOptions(
  {
    redisUrl: url,
    owner,
    epochClock,
    maximumNodes,
  }: SlotsOptions & { readonly redisUrl: string; readonly owner: SlotOwner },
  keysPerNode = 1,
) {
  const most = keysPerNode * maximumNodes;
  const limits = { maximumNodes: most, waitingLimit: WAITING_PER_NODE * most, replaySlots: replaySlots(epochClock) };
  return { ...REDIS, ...limits, url, owner, slotsPerEpoch: epochClock.slotsPerEpoch };
}
