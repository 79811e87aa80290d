import { expect } from "chai";
import { Redis } from "ioredis";

import { SystemClock } from "../../../../keepers/core/clock.js";
import { errorCode } from "../../../../keepers/core/errors.js";
import { MemoryDisk } from "../../../../keepers/core/memoryDisk.js";
import { memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { CryptoRandom } from "../../../../keepers/core/random.js";
import { serviceSlotsInRedis, serviceSlotsOnDisk } from "../../../../keepers/oracle/parts/slots.js";
import { ServiceSlots, type SlotShelf } from "../../../../keepers/oracle/service/serviceSlots.js";
import { bytesToHex, type Hash } from "../../../../keepers/protocol/bytes.js";
import { EpochClock } from "../../../../keepers/protocol/epochClock.js";
import { keccak } from "../../../../keepers/protocol/signing.js";
import { type RedisService, startRedis } from "../../../helpers/services/redis.js";
import { owner } from "../../storage/redisSlots.js";
import { memoryShelf } from "./memoryShelf.js";

const epochClock = new EpochClock({ genesis: 0, duration: 240, slotSeconds: 20 });
const { logger } = memoryLogger(new SystemClock());
const assignment = (number: number): Hash => bytesToHex(keccak(Buffer.from(`assignment ${number}`)));
const [a, b] = [assignment(1), assignment(2)];

/** What every shelf must do; `create` gives an empty one, and the same one again and again. */
function shelfConformance(name: string, create: () => SlotShelf, used: () => Promise<string[]>): void {
  describe(`SlotShelf conformance: ${name}`, () => {
    let shelf: SlotShelf;
    const opened: ServiceSlots[] = [];

    function open(): ServiceSlots {
      const slots = new ServiceSlots({ slotsPerEpoch: epochClock.slotsPerEpoch }, { shelf, logger });
      opened.push(slots);
      return slots;
    }

    beforeEach(() => {
      shelf = create();
    });

    afterEach(async () => {
      for (const slots of opened.splice(0)) await slots.close();
    });

    it("counts the slots of each assignment and epoch that were not withheld", async () => {
      const slots = open();
      await slots.prepare(5n);
      for (const slot of [0, 1, 2, 3]) slots.mark(5n, slot, a, BigInt(slot + 1));
      slots.mark(5n, 3, b, 9n);
      slots.mark(6n, 0, a, 8n);
      for (const slot of [2, 7]) slots.withhold(5n, slot, a);
      await slots.flush();
      expect([slots.served(5n, a), slots.served(5n, b), slots.served(6n, a), slots.served(4n, a)]).to.deep.equal([
        ...[3, 1, 1, 0],
      ]);
      expect([slots.has(5n, 2, a), slots.has(5n, 7, a)]).to.deep.equal([true, false]);
    });

    it("knows after a restart what it was told before, and forgets what is too old", async () => {
      const first = open();
      await first.prepare(5n);
      for (const epoch of [3n, 4n, 5n, 6n]) first.mark(epoch, 1, a, epoch);
      await first.flush();
      await first.close();
      const second = open();
      await second.prepare(6n);
      await second.sync(5n);
      expect([3n, 4n, 5n, 6n, 7n].map((epoch) => second.served(epoch, a))).to.deep.equal([0, 1, 1, 1, 0]);
    });

    it("keeps nothing of epochs that are over, however many there were", async () => {
      const slots = open();
      await slots.prepare(0n);
      const sizes: number[] = [];
      for (let epoch = 0n; epoch < 12n; epoch += 1n) {
        for (let n = 0; n < 10; n += 1) slots.mark(epoch, 1, assignment(100 * Number(epoch) + n), 1n);
        await slots.flush();
        await slots.prepare(epoch + 1n);
        sizes.push((await used()).length);
      }
      expect(new Set(sizes.slice(4)).size).to.equal(1);
    });
  });
}

describe("service slots on disk", () => {
  let disk: MemoryDisk;

  const files = async (): Promise<string[]> => {
    const folders = ["0", "1", "2", "3"].map((folder) => `/data/services/${folder}`);
    return (await Promise.all(folders.map((folder) => disk.list(folder)))).flat();
  };
  const create = () => {
    disk = new MemoryDisk();
    const options = { dataDir: "/data", epochClock, maximumNodes: 10 };
    return serviceSlotsOnDisk(options, { clock: new SystemClock(), disk, logger });
  };

  shelfConformance("disk", create, files);
});

describe("service slots in Redis", function () {
  this.timeout(20_000);

  let redis: RedisService;

  before(async () => {
    redis = await startRedis();
  });

  after(() => redis.stop());

  const withAdmin = async <T>(work: (admin: Redis) => Promise<T>): Promise<T> => {
    const admin = new Redis(redis.url);
    try {
      return await work(admin);
    } finally {
      admin.disconnect();
    }
  };
  /** Which heartbeat earned a slot is known for a while only. */
  const keysForEver = () =>
    withAdmin(async (admin) => {
      const keys = await admin.keys("*services/*");
      const lifetimes = await Promise.all(keys.map((key) => admin.pttl(key)));
      return keys.filter((_, index) => lifetimes[index] === -1);
    });
  const create = () => {
    const options = { redisUrl: redis.url, owner, epochClock, maximumNodes: 10 };
    return serviceSlotsInRedis(options, { clock: new SystemClock(), random: new CryptoRandom(), logger });
  };

  beforeEach(() => withAdmin((admin) => admin.flushall()));

  shelfConformance("Redis", create, keysForEver);

  it("are shared: what one process hears and another finds failing counts for both", async () => {
    const [hears, probes] = [create(), create()].map((shelf) => new ServiceSlots(epochClock, { shelf, logger }));
    await Promise.all([hears!.prepare(5n), probes!.prepare(5n)]);
    for (const slot of [0, 1, 2]) hears!.mark(5n, slot, a, BigInt(slot + 1));
    probes!.withhold(5n, 1, a);
    await Promise.all([hears!.flush(), probes!.flush()]);
    await Promise.all([hears!.sync(5n), probes!.sync(5n)]);
    expect([hears!.served(5n, a), probes!.served(5n, a)]).to.deep.equal([2, 2]);
    await Promise.all([hears!.close(), probes!.close()]);
  });
});

describe("ServiceSlots", () => {
  it("opens the epochs around the running one, and gives up those before", async () => {
    const shelf = memoryShelf();
    const slots = new ServiceSlots(epochClock, { shelf, logger });
    await slots.prepare(0n);
    await slots.prepare(3n);
    await slots.prepare(3n);
    expect(shelf.calls).to.deep.equal(["open 0", "open 1", "remove 0", "open 2", "open 3", "open 4"]);
  });

  it("says what keeps it from working, and works once that is over", async () => {
    const shelf = memoryShelf();
    const slots = new ServiceSlots(epochClock, { shelf, logger });
    shelf.problem = "the disk is full";
    await slots.prepare(5n);
    expect(slots.problem).to.include("the disk is full");
    expect(() => slots.mark(5n, 0, a, 1n)).to.throw("the disk is full");
    expect(errorCode(await slots.sync(5n).catch((error: unknown) => error))).to.equal("STORE_NOT_OPEN");
    shelf.problem = undefined;
    await slots.prepare(5n);
    expect(slots.problem).to.equal(undefined);
    expect(slots.mark(5n, 0, a, 1n)).to.equal(true);
    await slots.sync(5n);
    await slots.sync(1n);
  });
});
