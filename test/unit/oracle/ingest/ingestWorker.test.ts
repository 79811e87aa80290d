import { expect } from "chai";
import { SeededRandom } from "../../../../keepers/core/random.js";
import { heartbeatTopic } from "../../../../keepers/protocol/heartbeat.js";
import { type Mosquitto, startMosquitto } from "../../../helpers/services/mosquitto.js";
import { type RedisService, startRedis } from "../../../helpers/services/redis.js";
import { chainId, keyOf } from "./world.js";
import { epochClock, totalOf, until, WorkerWorld } from "./workers.js";

const nodes = 6;
const epoch = 1n;
const everybody = Array.from({ length: nodes }, (_, index) => index + 1);
const full = everybody.map(() => 255);

describe("ingest workers on one shared subscription", () => {
  let broker: Mosquitto;
  let redis: RedisService;
  let world: WorkerWorld;

  beforeEach(async () => {
    [broker, redis] = await Promise.all([startMosquitto(), startRedis()]);
    world = new WorkerWorld({ broker: broker.url, redis: redis.url }, nodes);
  });

  afterEach(async () => {
    await world.close();
    await Promise.all([broker.stop(), redis.stop()]);
  });

  /** Every node beats twice in each of so many slots. */
  async function beatThrough(slots: number): Promise<void> {
    for (let slot = 0; slot < slots; slot += 1) {
      for (const number of everybody) await world.send(number, world.beat(number), world.beat(number));
      await world.tick();
    }
  }

  it("count every slot exactly once, and each does a part of the work", async () => {
    await world.start(2);
    await beatThrough(epochClock.slotsPerEpoch);
    expect(await world.scores(epoch)).to.deep.equal({ shared: full, alone: full });
    const counted = world.workers.map(({ worker }) => worker.status.marks?.counted ?? 0);
    expect(counted.reduce((a, b) => a + b)).to.equal(nodes * epochClock.slotsPerEpoch);
    for (const { worker } of world.workers) {
      expect(totalOf(worker.status.heartbeats)).to.be.greaterThan(0);
      expect(worker.status.problems).to.deep.equal([]);
    }
  });

  it("give no slot for a replay, whichever of them hears it and however often", async () => {
    await world.start(2);
    const [node] = everybody as [number];
    const beat = world.beat(node);
    await world.send(node, beat);
    await world.tick();
    await world.written();
    for (let again = 0; again < 6; again += 1) await world.send(node, beat);
    await world.heard();
    await world.written();
    const reader = await world.openShared();
    await reader.sync(epoch);
    expect(reader.count(epoch, keyOf(node).address)).to.equal(1);
    // A worker that has just begun knows nothing of it, and takes nothing for it either.
    await world.addWorker();
    for (let again = 0; again < 6; again += 1) await world.send(node, beat);
    await world.send(node, world.beat(node));
    await world.heard();
    await world.written();
    await reader.sync(epoch);
    expect(reader.count(epoch, keyOf(node).address)).to.equal(2);
    const replayed = world.workers.map(({ worker: { status } }) => {
      return (status.marks?.replayed ?? 0) + (status.heartbeats?.REPLAYED ?? 0);
    });
    expect(replayed.reduce((a, b) => a + b)).to.be.greaterThan(0);
  });

  it("leave everything to the others when one goes", async () => {
    await world.start(2);
    await beatThrough(5);
    await world.written();
    const [first, second] = world.workers as [(typeof world.workers)[0], (typeof world.workers)[0]];
    await world.drop(first);
    const before = second.worker.status.marks?.counted ?? 0;
    await beatThrough(7);
    expect(await world.scores(epoch)).to.deep.equal({ shared: full, alone: full });
    expect((second.worker.status.marks?.counted ?? 0) - before).to.equal(nodes * 7);
  });

  it("lose nothing when Redis is killed and comes back, and share the work with one that begins meanwhile", async () => {
    await world.start(2);
    await beatThrough(4);
    await redis.kill();
    await beatThrough(2);
    for (const { worker } of world.workers) {
      expect(worker.status.problems.join()).to.match(/Redis at .+ cannot be used: .+ heartbeats wait for it/u);
    }
    await world.addWorker();
    await beatThrough(2);
    await redis.restart();
    await until(() => world.workers.every(({ worker }) => worker.status.problems.length === 0));
    await beatThrough(4);
    expect(await world.scores(epoch)).to.deep.equal({ shared: full, alone: full });
  });

  it("write what they marked when they close", async () => {
    await world.start(1);
    for (const number of everybody) await world.send(number, world.beat(number));
    await world.heard();
    await world.workers[0]?.worker.close();
    const reader = await world.openShared();
    await reader.sync(epoch);
    expect(everybody.map((number) => reader.count(epoch, keyOf(number).address))).to.deep.equal(everybody.map(() => 1));
  });

  it("hear only those with a licence, and what is well signed", async () => {
    await world.start(2);
    const stranger = nodes + 1;
    for (let again = 0; again < 4; again += 1) {
      await world.send(stranger, world.beat(stranger));
      await world.send(1, world.beat(2));
    }
    await world.heard();
    await world.written();
    const reader = await world.openShared();
    await reader.sync(epoch);
    expect([1, 2, stranger].map((number) => reader.count(epoch, keyOf(number).address))).to.deep.equal([0, 0, 0]);
    expect(heartbeatTopic(chainId, keyOf(1).address)).to.include(keyOf(1).address);
  });

  for (const seed of [1, 2, 3]) {
    it(`score as one oracle that hears everything itself, seed ${seed}`, async () => {
      await world.start(2);
      const random = new SeededRandom(seed);
      const heard: { readonly number: number; readonly beat: Uint8Array }[] = [];
      for (let slot = 0; slot < epochClock.slotsPerEpoch; slot += 1) {
        const fresh: typeof heard = [];
        for (const number of everybody) {
          if (random.next() < 0.4) continue;
          const beat = world.beat(number);
          fresh.push({ number, beat });
          await world.send(number, beat);
        }
        for (const { number, beat } of heard) if (random.next() < 0.2) await world.send(number, beat);
        for (const number of everybody) if (random.next() < 0.1) await world.send(number, damaged(world.beat(number)));
        heard.push(...fresh);
        await world.tick();
        await world.written();
      }
      const { shared, alone } = await world.scores(epoch);
      expect(shared).to.deep.equal(alone);
      expect(new Set(shared).size, "not everybody was there alike").to.be.greaterThan(1);
    });
  }
});

function damaged(beat: Uint8Array): Uint8Array {
  return beat.map((byte, index) => (index === beat.length - 10 ? byte ^ 1 : byte));
}
