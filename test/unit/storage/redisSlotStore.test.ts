import { expect } from "chai";
import fc from "fast-check";
import { Redis } from "ioredis";
import { SystemClock } from "../../../keepers/core/clock.js";
import type { KeeperError } from "../../../keepers/core/errors.js";
import { type RedisSlotStore } from "../../../keepers/storage/redis/redisSlotStore.js";
import { type RedisService, startRedis } from "../../helpers/services/redis.js";
import { openRedisSlots, owner } from "./redisSlots.js";
import { nodeAddress, slotOptions } from "./slotStore.conformance.js";
import { codeOf } from "./temporaryDirectory.js";

const [a, b] = [nodeAddress(1), nodeAddress(2)];

describe("RedisSlotStore", () => {
  let redis: RedisService;
  let stores: RedisSlotStore[];

  before(async () => {
    redis = await startRedis();
  });

  beforeEach(async () => {
    stores = [];
    const admin = new Redis(redis.url);
    await admin.flushall();
    admin.disconnect();
  });

  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close().catch(() => undefined)));
  });

  after(() => redis.stop());

  async function open(...options: Parameters<typeof openRedisSlots> extends [string, ...infer Rest] ? Rest : never) {
    const store = await openRedisSlots(redis.url, ...options);
    stores.push(store);
    return store;
  }

  /** Resolves when the store has written what waited, however long it takes to notice that Redis is back. */
  async function back(store: RedisSlotStore): Promise<void> {
    for (let isBack = false; !isBack;) {
      while (store.problem !== undefined) await new Promise(setImmediate);
      isBack = (await codeOf(store.flush())) === "no error";
    }
  }

  describe("shared by several processes", () => {
    it("counts a slot once, and tells everybody after a sync", async () => {
      const [first, second] = [await open(), await open()];
      first.mark(5n, 3, a, 10n);
      second.mark(5n, 3, a, 11n);
      second.mark(5n, 4, b, 12n);
      await Promise.all([first.flush(), second.flush()]);
      expect([first.counts.counted + second.counts.counted, first.counts.known + second.counts.known]).to.deep.equal([
        2, 1,
      ]);
      const reader = await open();
      for (const store of [first, second, reader]) {
        await store.sync(5n);
        expect([store.count(5n, a), store.count(5n, b), store.has(5n, 4, b)]).to.deep.equal([1, 1, true]);
      }
    });

    it("gives a heartbeat one slot, whoever hears it again and in whatever order they write", async () => {
      const [first, second] = [await open(), await open()];
      first.mark(5n, 3, a, 10n);
      await first.flush();
      for (const slot of [1, 2, 4, 5]) second.mark(5n, slot, a, 10n);
      await second.flush();
      expect(second.counts).to.include({ counted: 0, replayed: 4 });
      second.mark(5n, 4, a, 11n);
      await second.flush();
      await first.sync(5n);
      expect([first.count(5n, a), first.has(5n, 4, a), first.has(5n, 5, a)]).to.deep.equal([2, true, false]);
    });

    it("gives one slot to the first of two heartbeats that are written together, and keeps the other's right", async () => {
      const store = await open();
      store.mark(5n, 3, a, 10n);
      store.mark(5n, 3, a, 11n);
      await store.flush();
      expect(store.counts).to.include({ counted: 1, known: 1 });
      for (const sequence of [10n, 11n]) store.mark(5n, 4, a, sequence);
      await store.flush();
      expect(store.counts).to.include({ counted: 2, known: 1, replayed: 1 });
    });

    it("looks for replays on the other side of the end of an epoch", async () => {
      const [first, second] = [await open(), await open()];
      first.mark(5n, 11, a, 10n);
      await first.flush();
      second.mark(6n, 0, a, 10n);
      second.mark(6n, 1, a, 10n);
      await second.flush();
      expect(second.counts).to.include({ counted: 0, replayed: 2 });
    });

    it("lets heartbeats of one node overtake each other on the way through several processes", async () => {
      const [first, second] = [await open(), await open()];
      for (const slot of [0, 2, 4, 6]) first.mark(5n, slot, a, BigInt(slot));
      for (const slot of [1, 3, 5, 7]) second.mark(5n, slot, a, BigInt(slot));
      await second.flush();
      await first.flush();
      await second.sync(5n);
      expect(second.count(5n, a)).to.equal(8);
    });

    it("lets no replay keep the real heartbeat out of a slot", async () => {
      const [first, second] = [await open(), await open()];
      first.mark(5n, 3, a, 10n);
      await first.flush();
      second.mark(5n, 4, a, 10n);
      expect([second.has(5n, 4, a), second.mark(5n, 4, a, 11n)]).to.deep.equal([false, false]);
      await second.flush();
      expect([second.has(5n, 4, a), second.counts.counted, second.counts.replayed]).to.deep.equal([true, 1, 1]);
      second.mark(5n, 5, a, 10n);
      const underWay = second.flush();
      await Promise.resolve();
      expect(second.mark(5n, 5, a, 12n)).to.equal(false);
      await underWay;
      await second.flush();
      expect([second.has(5n, 5, a), second.counts.counted, second.counts.replayed]).to.deep.equal([true, 2, 2]);
    });

    it("counts for any history and interleaving what one process that heard everything would", async () => {
      const event = fc.record({
        store: fc.nat(2),
        node: fc.nat(3),
        slot: fc.nat(11),
        sequence: fc.bigInt(0n, 6n),
        flush: fc.boolean(),
      });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
          run += 1;
          const options = { owner: { ...owner, oracle: nodeAddress(1_000 + run) }, replaySlots: 12 };
          const shared = [await open(options), await open(options), await open(options)];
          const heartbeats = new Map<string, Set<number>>();
          for (const { store, node, slot, sequence, flush } of events) {
            shared[store]?.mark(1n, slot, nodeAddress(node), sequence);
            const key = `${node}/${sequence}`;
            heartbeats.set(key, (heartbeats.get(key) ?? new Set()).add(slot));
            if (flush) await shared[store]?.flush();
          }
          for (const store of shared) await store.flush();
          const [reader] = shared as [RedisSlotStore];
          await reader.sync(1n);
          for (let node = 0; node <= 3; node += 1) {
            const own = [...heartbeats].filter(([key]) => key.startsWith(`${node}/`));
            const counted = reader.count(1n, nodeAddress(node));
            const slots = new Set(own.flatMap(([, heard]) => [...heard]));
            expect(counted, "no heartbeat earns two slots").to.be.at.most(own.length);
            expect(counted > 0, "who was heard is there").to.equal(own.length > 0);
            for (let slot = 0; slot < 12; slot += 1) {
              if (reader.has(1n, slot, nodeAddress(node))) expect(slots.has(slot), "nothing is made up").to.equal(true);
            }
          }
          const totals = shared.map(({ counts }) => counts.counted).reduce((x, y) => x + y);
          expect(totals).to.equal([0, 1, 2, 3].reduce((sum, node) => sum + reader.count(1n, nodeAddress(node)), 0));
          await Promise.all(shared.map((store) => store.close()));
        }),
        { numRuns: 25 },
      );
    });

    it("keeps oracles and networks apart", async () => {
      const first = await open();
      first.mark(5n, 3, a, 10n);
      await first.flush();
      for (const changes of [{ oracle: b }, { chainId: 1n }, { nodeRegistry: b }]) {
        const other = await open({ owner: { ...owner, ...changes } });
        other.mark(5n, 4, a, 10n);
        await other.sync(5n);
        expect([other.count(5n, a), other.counts.replayed]).to.deep.equal([1, 0]);
      }
    });

    it("refuses slots of epochs of another length, naming both", async () => {
      await open();
      const error = await openRedisSlots(redis.url, { slotsPerEpoch: 13 }).catch((reason: unknown) => reason);
      expect(error).to.include({ code: "STORAGE_MISMATCH", retriable: false });
      expect((error as Error).message)
        .to.include("12")
        .and.include("13");
    });

    it("leaves no room for a node too many, whichever process has it", async () => {
      const [first, second] = [await open(), await open()];
      for (let number = 0; number < slotOptions.maximumNodes; number += 1) first.mark(0n, 0, nodeAddress(number));
      second.mark(0n, 0, nodeAddress(1_000));
      await first.flush();
      await second.flush();
      expect(second.counts).to.include({ noRoom: 1, counted: 0 });
      expect(second.waiting).to.equal(0);
    });

    it("leaves nothing of a pruned epoch, and lets nobody write to it", async () => {
      const [first, second] = [await open(), await open({ flushMs: 60_000 })];
      for (const slot of [0, 5, 11]) first.mark(5n, slot, a);
      await first.flush();
      second.mark(5n, 7, b);
      await first.prune(6n);
      await second.flush();
      expect(second.counts).to.include({ pruned: 1 });
      const admin = new Redis(redis.url);
      const keys = (await admin.keys("*")).map((key) => key.split(":slots:")[1]).sort();
      admin.disconnect();
      expect(keys).to.deep.equal(["layout", "list", "nodes"]);
    });

    it("forgets in time which heartbeats earned a slot, and not the slots", async () => {
      const store = await open({ waitingMs: 30_000 });
      store.mark(5n, 3, a, 10n);
      await store.flush();
      const admin = new Redis(redis.url);
      const keys = await admin.keys("*");
      const lifetimes = await Promise.all(keys.map(async (key) => ({ key, ttl: await admin.pttl(key) })));
      admin.disconnect();
      for (const { key, ttl } of lifetimes) {
        if (key.endsWith(":earned")) expect(ttl).to.be.within(1, 60_000);
        else expect(ttl).to.equal(-1);
      }
      expect(keys.filter((key) => key.endsWith(":earned"))).to.have.length(1);
    });
  });

  describe("when Redis goes away", () => {
    it("keeps what is marked, says so, and writes it when Redis is back", async () => {
      const store = await open();
      store.mark(5n, 0, a, 1n);
      await store.flush();
      await redis.kill();
      store.mark(5n, 1, a, 2n);
      const error = await store.flush().then(
        () => undefined,
        (reason: unknown) => reason as KeeperError,
      );
      expect(error).to.include({ code: "REDIS_FAILED", retriable: true });
      store.mark(5n, 2, a, 3n);
      expect(store.waiting).to.equal(2);
      expect(store.problem).to.match(
        /^Redis at redis:\/\/127\.0\.0\.1:\d+ cannot be used: .+; 2 heartbeats wait for it$/u,
      );
      expect(await codeOf(store.sync(5n))).to.equal("REDIS_FAILED");
      expect([store.count(5n, a), store.has(5n, 0, a)], "what was known stays known").to.deep.equal([1, true]);
      await redis.restart();
      await back(store);
      expect([store.count(5n, a), store.waiting, store.counts.counted]).to.deep.equal([3, 0, 3]);
      const reader = await open();
      await reader.sync(5n);
      expect(reader.count(5n, a)).to.equal(3);
    });

    it("takes up to its bound and refuses what is more", async () => {
      const store = await open({ waitingLimit: 3 });
      await redis.kill();
      for (const slot of [0, 1, 2]) expect(store.mark(5n, slot, a)).to.equal(true);
      expect(await codeOf(() => store.mark(5n, 3, a))).to.equal("STORE_FULL");
      expect(store.mark(5n, 2, a), "known already").to.equal(false);
      await redis.restart();
      await back(store);
      expect([store.count(5n, a), store.mark(5n, 3, a)]).to.deep.equal([3, true]);
    });

    it("opens without it, and begins when it comes", async () => {
      await redis.kill();
      const store = await open();
      expect(store.mark(5n, 0, a)).to.equal(true);
      expect(store.problem).to.include("ECONNREFUSED");
      await redis.restart();
      await back(store);
      expect(store.count(5n, a)).to.equal(1);
    });

    it("gives up what waited so long that replays cannot be told any more", async () => {
      const clock = new SystemClock();
      let late = 0;
      const shifted = {
        now: () => clock.now() + late,
        schedule: clock.schedule.bind(clock),
        sleep: clock.sleep.bind(clock),
      };
      const store = await open({ waitingMs: 60_000 }, { clock: shifted });
      await redis.kill();
      store.mark(5n, 0, a, 1n);
      late = 60_001;
      store.mark(5n, 3, a, 2n);
      await redis.restart();
      await back(store);
      expect([store.count(5n, a), store.has(5n, 3, a), store.counts.lost]).to.deep.equal([1, true, 1]);
    });

    it("writes the last seconds again when Redis comes back without them", async () => {
      const store = await open();
      for (const slot of [0, 1, 2]) store.mark(5n, slot, a, BigInt(slot));
      store.mark(5n, 2, b, 7n);
      await store.flush();
      await redis.kill();
      await redis.restart();
      const admin = new Redis(redis.url);
      await admin.flushall();
      admin.disconnect();
      store.mark(5n, 3, a, 3n);
      await back(store);
      const reader = await open();
      await reader.sync(5n);
      expect([reader.count(5n, a), reader.count(5n, b)]).to.deep.equal([4, 1]);
    });

    it("does not mistake one node for another when their numbers were lost", async () => {
      const store = await open({ recentMs: 0 });
      store.mark(5n, 0, a);
      await store.flush();
      const admin = new Redis(redis.url);
      await admin.flushall();
      const other = await open();
      other.mark(5n, 1, b);
      await other.flush();
      admin.disconnect();
      await redis.restart();
      await back(store);
      await store.sync(5n);
      expect([store.has(5n, 1, b), store.has(5n, 1, a)]).to.deep.equal([true, false]);
    });

    it("does not wait for a Redis that stands still longer than it has to", async () => {
      const store = await open({ timeoutMs: 50 });
      redis.signal("SIGSTOP");
      store.mark(5n, 0, a);
      expect(await codeOf(store.flush())).to.equal("REDIS_FAILED");
      redis.signal("SIGCONT");
      await back(store);
      expect(store.count(5n, a)).to.equal(1);
    });

    it("says when it closes that the last marks are not written, and ends", async () => {
      const store = await open();
      await redis.kill();
      store.mark(5n, 0, a);
      expect(await codeOf(store.close())).to.equal("REDIS_FAILED");
      await redis.restart();
    });
  });
});
