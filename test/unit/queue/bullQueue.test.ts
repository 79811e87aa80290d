import { expect } from "chai";
import { Redis } from "ioredis";
import { SystemClock } from "../../../keepers/core/clock.js";
import { describeError } from "../../../keepers/core/errors.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { CryptoRandom } from "../../../keepers/core/random.js";
import { createQueue } from "../../../keepers/queue/createQueue.js";
import { type RedisService, startRedis } from "../../helpers/services/redis.js";
import { codeOf } from "../storage/temporaryDirectory.js";
import { openBull } from "./openQueues.js";
import { type QueueHarness, queueOptions } from "./queueHarness.js";
import { queueConformance } from "./workQueue.conformance.js";

const clock = new SystemClock();
const random = new CryptoRandom();
const LOOK_MS = 5;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await clock.sleep(LOOK_MS);
}

describe("BullQueue", function () {
  this.timeout(60_000);
  let redis: RedisService;
  let control: Redis;
  let names = 0;

  before(async () => {
    redis = await startRedis();
    control = new Redis(redis.url, { protocol: 2 });
    control.on("error", () => undefined);
  });

  after(async () => {
    control.disconnect();
    await redis.stop();
  });

  async function bullHarness(): Promise<QueueHarness> {
    await control.flushall();
    return {
      open: (changes = {}, seeded) => openBull(redis.url, changes, { clock, random: seeded ?? random }),
      now: () => clock.now(),
      until,
      place: ["bull", redis.url],
      dispose: async () => undefined,
    };
  }

  queueConformance("BullMQ", bullHarness);

  function open(changes: Parameters<typeof openBull>[1] = {}, logger = memoryLogger(clock).logger) {
    return openBull(redis.url, { name: `q-${names}`, ...changes }, { clock, random, logger });
  }

  beforeEach(() => {
    names += 1;
  });

  it("runs one at a time of a key although several processes share the queue, and wakes who waits at once", async () => {
    // With locks this long, whoever is not woken would not come in this test's time.
    const queues = await Promise.all([1, 2, 3].map(() => open({ lockMs: 600_000, concurrency: 3 })));
    const running = new Set<string>();
    const order: string[] = [];
    const clashes: string[] = [];
    for (const queue of queues) {
      queue.process(async ({ name }, { key = "" }) => {
        if (running.has(key)) clashes.push(name);
        running.add(key);
        order.push(name);
        await new Promise(setImmediate);
        running.delete(key);
      });
    }
    for (let index = 0; index < 60; index += 1) {
      await queues[index % 3]!.add({ name: `t${index}` }, { key: `k${index % 2}` });
    }
    await until(() => order.length === 60);
    expect(clashes).to.deep.equal([]);
    await Promise.all(queues.map((queue) => queue.close()));
    const left = await control.keys(`*q-${names}:{key,line}*`);
    expect(left).to.deep.equal([]);
  });

  it("goes on after Redis was restarted: what ran ends once, what waited runs, adding says so meanwhile", async () => {
    const queue = await open({ lockMs: 30_000 });
    const gate = Promise.withResolvers<undefined>();
    const seen: string[] = [];
    queue.process(async ({ name }) => {
      seen.push(name);
      if (name === "runs") await gate.promise;
    });
    await queue.add({ name: "runs" }, { key: "k" });
    await until(() => seen.length === 1);
    await queue.add({ name: "waits" }, { key: "k" });
    await queue.add({ name: "delayed" }, { delayMs: 100 });
    await redis.kill();
    expect(await codeOf(queue.add({ name: "meanwhile" }))).to.equal("QUEUE_UNAVAILABLE");
    expect(await codeOf(queue.counts())).to.equal("QUEUE_UNAVAILABLE");
    gate.resolve(undefined);
    await redis.restart();
    await until(() => queue.totals.done === 3);
    expect(seen.sort()).to.deep.equal(["delayed", "runs", "waits"]);
    let added = false;
    while (!added) {
      added = (await codeOf(queue.add({ name: "afterwards" }, { id: "a" }))) === "no error";
      if (!added) await clock.sleep(LOOK_MS);
    }
    await until(() => queue.totals.done === 4);
    await queue.close();
  });

  it("tells a task that it may have been taken over, and runs it once more", async () => {
    const queue = await open({ lockMs: 200 });
    const reasons: Error[] = [];
    const attempts: number[] = [];
    queue.process(async (_, { attempt, signal }) => {
      attempts.push(attempt);
      if (attempts.length > 1) return;
      await new Promise<void>((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          reasons.push(signal.reason as Error);
          reject(signal.reason as Error);
        });
      });
    });
    await queue.add({ name: "x" }, { id: "x" });
    await until(() => attempts.length === 1);
    const [lock] = await control.keys(`*q-${names}:id-x:lock`);
    await control.set(lock!, "somebody else's", "PX", 300);
    await until(() => queue.totals.done === 1);
    expect(await codeOf(Promise.reject(reasons[0]!))).to.equal("TASK_LOST");
    expect(attempts).to.deep.equal([1, 2]);
    await queue.close();
  });

  it("closes in its time although Redis is gone", async () => {
    const own = await startRedis();
    const queue = await openBull(own.url, { closeMs: 20 }, { clock, random });
    let runs = false;
    queue.process(() => {
      runs = true;
      return new Promise(() => undefined);
    });
    await queue.add({ name: "x" });
    await until(() => runs);
    await own.stop();
    await queue.close();
  });

  it("refuses a Redis that is not there, or that evicts, and warns of one that forgets", async () => {
    const gone = openBull("redis://user:hunter2@127.0.0.1:1", {}, { clock, random });
    const error = await gone.catch((reason: unknown) => reason as Error & { code: string });
    expect(error).to.include({ code: "QUEUE_UNAVAILABLE" });
    expect(describeError(error)).to.not.contain("hunter2");
    await control.config("SET", "maxmemory-policy", "allkeys-lru");
    expect(await codeOf(open())).to.equal("QUEUE_UNSAFE");
    await control.config("SET", "maxmemory-policy", "noeviction");
    await control.config("SET", "appendonly", "no");
    const { logger, entries } = memoryLogger(clock);
    await (await open({}, logger)).close();
    expect(entries.map(({ msg }) => msg).join()).to.contain("appendonly");
    await control.config("SET", "appendonly", "yes");
  });

  it("says that Redis is full, and goes on when it is not", async () => {
    const queue = await open();
    queue.process(async () => undefined);
    await control.config("SET", "maxmemory", "1");
    expect(await codeOf(queue.add({ name: "x" }))).to.equal("QUEUE_FULL");
    await control.config("SET", "maxmemory", "0");
    await queue.add({ name: "x" });
    await until(() => queue.totals.done === 1);
    await queue.close();
  });

  it("is what a Redis URL asks for", async () => {
    const options = { ...queueOptions, name: `q-${names}` };
    const adding = await createQueue({ ...options, redisUrl: redis.url }, { clock, random });
    await adding.add({ name: "x" });
    await adding.close();
    const doing = await open();
    doing.process(async () => undefined);
    await until(() => doing.totals.done === 1);
    await doing.close();
  });
});
