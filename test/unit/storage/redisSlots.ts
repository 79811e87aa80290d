import { SystemClock, type Clock } from "../../../keepers/core/clock.js";
import type { Logger } from "../../../keepers/core/logger.js";
import { CryptoRandom } from "../../../keepers/core/random.js";
import { RedisSlotStore, type RedisSlotStoreOptions } from "../../../keepers/storage/redis/redisSlotStore.js";
import { slotOptions } from "./slotStore.conformance.js";

export const owner = {
  chainId: 31_337n,
  nodeRegistry: `0x${"aa".repeat(20)}`,
  oracle: `0x${"bb".repeat(20)}`,
};

/** A slot store in the Redis at `url`, impatient enough for tests. */
export function openRedisSlots(
  url: string,
  changes: Partial<RedisSlotStoreOptions> = {},
  dependencies: { readonly clock?: Clock; readonly logger?: Logger } = {},
): Promise<RedisSlotStore> {
  return RedisSlotStore.open(
    {
      ...slotOptions,
      ...{ url, owner, replaySlots: 2, flushMs: 1, refreshMs: 60_000 },
      ...{ waitingLimit: 1_000, waitingMs: 60_000, recentMs: 3_000, timeoutMs: 5_000 },
      backoff: { baseMs: 1, maximumMs: 5 },
      ...changes,
    },
    { clock: new SystemClock(), random: new CryptoRandom(), ...dependencies },
  );
}
