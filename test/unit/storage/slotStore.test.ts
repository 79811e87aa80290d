import { SystemDisk } from "../../../keepers/core/disk.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { FileSlotStore } from "../../../keepers/storage/fileSlotStore.js";
import { MemorySlotStore } from "../../../keepers/storage/memorySlotStore.js";
import { type RedisService, startRedis } from "../../helpers/services/redis.js";
import { openRedisSlots, owner } from "./redisSlots.js";
import { nodeAddress, slotOptions, slotStoreConformance } from "./slotStore.conformance.js";
import { temporaryDirectory } from "./temporaryDirectory.js";

slotStoreConformance("MemorySlotStore", () => Promise.resolve(new MemorySlotStore(slotOptions)));

const directories: { remove: () => void }[] = [];

slotStoreConformance("FileSlotStore", () => {
  const directory = temporaryDirectory();
  directories.push(directory);
  const onError = (error: unknown): void => {
    throw error;
  };
  return FileSlotStore.open(
    { ...slotOptions, directory: directory.path, flushMs: 1_000 },
    { clock: new VirtualClock(), disk: new SystemDisk(), onError },
  );
});

describe("with Redis", () => {
  let redis: RedisService;
  let oracles = 0;

  before(async () => {
    redis = await startRedis({ fsync: "no" });
  });

  after(() => redis.stop());

  slotStoreConformance("RedisSlotStore", () => {
    oracles += 1;
    return openRedisSlots(redis.url, { owner: { ...owner, oracle: nodeAddress(oracles) } });
  });
});

after(() => {
  for (const directory of directories.splice(0)) directory.remove();
});
