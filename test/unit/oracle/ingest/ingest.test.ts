import { expect } from "chai";
import { KeeperError } from "../../../../keepers/core/errors.js";
import { SeededRandom } from "../../../../keepers/core/random.js";
import { availabilityOf } from "../../../../keepers/oracle/scoring.js";
import { MemorySlotStore } from "../../../../keepers/storage/memorySlotStore.js";
import { blockHash, epochClock, genesis, keyOf, World } from "./world.js";

const slotMs = 20_000;
const dayMs = 86_400_000;

describe("HeartbeatIngest", () => {
  it("scores 255 for a node that beats every 10 to 15 s all day, and the exact share of one that stops", async function () {
    this.timeout(60_000);
    const world = new World({ startAt: genesis * 1_000 });
    await world.ingest.start();
    const random = new SeededRandom("a day of heartbeats");
    const stopAt = world.clock.now() + dayMs / 3;
    const run = (number: number): void => {
      if (world.clock.now() >= genesis * 1_000 + dayMs) return;
      if (number === 1 || world.clock.now() < stopAt) void world.publish(number, world.message(number));
      world.clock.schedule(10_000 + random.integer(5_001), () => run(number));
    };
    world.clock.schedule(3_000, () => run(1));
    world.clock.schedule(5_000, () => run(2));
    await world.clock.advance(dayMs);
    expect([1, 2, 3].map((number) => world.slotsOf(number, 0n))).to.deep.equal([4_320, 1_440, 0]);
    const bytes = availabilityOf(0n, world.links.links, { slots: world.slots, epochClock });
    expect([...bytes]).to.deep.equal([255, 85, 0]); // 1,440 of 4,320 slots: 255 / 3
  });

  it("scores only the slots of the minute in which a whole day's heartbeats are sent", async () => {
    const world = new World({ startAt: (genesis + 40_000) * 1_000 }); // the start of a slot
    await world.ingest.start();
    const beats = 8_640;
    const endOfMinute = world.clock.now() + 60_000;
    for (let i = 0; i < beats; i += 1) {
      const offset = BigInt(Math.floor((i / beats) * dayMs));
      const time = i % 2 === 0 ? BigInt(genesis * 1_000) + offset : BigInt(world.clock.now());
      await world.beat(1, { time, sequence: BigInt(world.clock.now()) * 10_000n + BigInt(i) });
      if (i % 144 === 143) await world.clock.advance(999);
    }
    expect(world.clock.now()).to.be.lessThan(endOfMinute);
    expect(world.slotsOf(1)).to.equal(3);
    expect(world.ingest.counters.ACCEPTED).to.equal(3);
  });

  it("counts each message once by what became of it", async () => {
    const world = new World();
    await world.ingest.start();
    await world.beat(1);
    await world.beat(1);
    await world.beat(9);
    await world.send(2, new Uint8Array(3));
    await world.beat(3, { blockNumber: BigInt(world.chain.newest + 1), blockHash: blockHash(world.chain.newest + 1) });
    const { ACCEPTED, DUPLICATE_SLOT, UNLICENSED, MALFORMED, WAITING, ...rest } = world.ingest.counters;
    expect([ACCEPTED, DUPLICATE_SLOT, UNLICENSED, MALFORMED, WAITING]).to.deep.equal([1, 1, 1, 1, 1]);
    expect(Object.values(rest).every((count) => count === 0)).to.equal(true);
  });

  describe("replays", () => {
    it("never score, neither in the same slot nor later", async () => {
      const world = new World();
      await world.ingest.start();
      const message = world.message(1);
      await world.send(1, message);
      for (let slot = 0; slot < 5; slot += 1) {
        await world.clock.advance(slotMs / 4);
        await world.send(1, message);
      }
      expect(world.slotsOf(1)).to.equal(1);
    });

    it("never score while they wait for their block either", async () => {
      const world = new World();
      await world.ingest.start();
      const newest = world.chain.newest + 8;
      await world.clock.advance(19_000);
      const message = world.message(1, { blockNumber: BigInt(newest + 20), blockHash: blockHash(newest + 20) });
      await world.send(1, message);
      await world.clock.advance(5_000);
      await world.send(1, message);
      await world.clock.advance(50_000);
      world.ingest.recheck();
      expect(world.slotsOf(1)).to.equal(1);
    });

    it("never score after a restart, while what was written after it does", async () => {
      for (const aheadMs of [-15_000, 0, 4_000]) {
        const before = new World({ startAt: (genesis + 1_015) * 1_000 });
        await before.ingest.start();
        const message = before.message(1, { time: BigInt(before.clock.now() + aheadMs) });
        await before.send(1, message);
        await before.ingest.close();
        await before.clock.advance(6_000);

        const { clock, slots } = before;
        const after = new World({ clock, slots });
        await after.ingest.start();
        await after.send(1, message);
        expect(after.slotsOf(1), `clock of the node ${aheadMs} ms ahead`).to.equal(1);
        await clock.advance(2_001); // until there is a block that was not there before
        await after.beat(1);
        expect(after.slotsOf(1)).to.equal(2);
      }
    });

    it("of before a restart do not hold up a node that sees no new block for longer than clocks may differ", async () => {
      const before = new World();
      await before.ingest.start();
      await before.beat(1);
      const { clock, slots } = before;
      await before.ingest.close();
      await clock.advance(slotMs);
      const after = new World({ clock, slots });
      await after.ingest.start();
      const block = { blockNumber: BigInt(after.chain.newest), blockHash: blockHash(after.chain.newest) };
      await clock.advance(5_000);
      await after.beat(1, block);
      expect(after.slotsOf(1)).to.equal(1);
      await clock.advance(1);
      await after.beat(1, block);
      expect(after.slotsOf(1)).to.equal(2);
    });
  });

  it("loses no slot to a restart but those it was down for", async () => {
    const first = new World({ startAt: genesis * 1_000 });
    const { clock, slots } = first;
    await first.ingest.start();
    const run = (world: World, until: number): Promise<void> => beatUntil(world, until);
    await run(first, genesis * 1_000 + 10 * slotMs);
    await first.ingest.close();
    await clock.advance(5 * slotMs);
    const second = new World({ clock, slots });
    await second.ingest.start();
    await run(second, genesis * 1_000 + 25 * slotMs);
    expect(second.slotsOf(1, 0n)).to.equal(20);
  });

  it("hears a node that was never heard before at once after the start", async () => {
    const world = new World();
    await world.ingest.start();
    await world.beat(1);
    expect(world.slotsOf(1)).to.equal(1);
  });

  it("goes on when the broker drops, and loses only the slots in between", async () => {
    const world = new World({ startAt: genesis * 1_000 });
    await world.ingest.start();
    await beatUntil(world, genesis * 1_000 + 3 * slotMs);
    world.hub.setConnected(false);
    await world.clock.advance(4 * slotMs);
    world.hub.setConnected(true);
    await beatUntil(world, genesis * 1_000 + 10 * slotMs);
    expect(world.slotsOf(1, 0n)).to.equal(6);
  });

  describe("with a chain that lags", () => {
    it("counts heartbeats for the slots they arrived in once their blocks are known", async () => {
      const world = new World({ startAt: genesis * 1_000 + 10 * slotMs });
      await world.ingest.start();
      const start = world.clock.now();
      const { newest } = world.chain;
      for (let i = 0; i < 4; i += 1) {
        world.chain.lag = world.chain.newest - newest + 1; // the oracle's RPC stands still
        await world.beat(1);
        await world.clock.advance(slotMs / 2);
      }
      expect(world.slotsOf(1)).to.equal(0);
      world.ingest.recheck();
      expect(world.slotsOf(1)).to.equal(0);
      world.chain.lag = 0;
      world.ingest.recheck();
      expect(world.slotsOf(1)).to.equal(2);
      const first = epochClock.slotAt(start)!.slot;
      expect([first, first + 1].map((slot) => world.slots.has(0n, slot, keyOf(1).address))).to.deep.equal([true, true]);
    });

    it("gives up on blocks that never come, and counts them", async () => {
      const world = new World();
      await world.ingest.start();
      await world.beat(1, { blockHash: blockHash(7, 1) });
      await world.clock.advance(59_999);
      world.ingest.recheck();
      expect(world.waitingRoom.size).to.equal(1);
      await world.clock.advance(1);
      world.ingest.recheck();
      expect(world.waitingRoom.size).to.equal(0);
      expect(world.ingest.counters.UNKNOWN_BLOCK).to.equal(1);
      expect(world.slotsOf(1)).to.equal(0);
    });

    it("keeps one heartbeat per node and slot waiting, and a bounded number in all", async () => {
      const world = new World();
      await world.ingest.start();
      for (let i = 0; i < 5; i += 1) await world.beat(1, { blockHash: blockHash(i, 1), sequence: BigInt(i + 1) });
      expect(world.waitingRoom.size).to.equal(1);
      const beat = {
        node: keyOf(2).address,
        epoch: 0n,
        sequence: 1n,
        heardAt: world.clock.now(),
        load: 0,
        services: [],
      };
      const added = Array.from({ length: 100 }, (_, slot) =>
        world.waitingRoom.add({ ...beat, slot }, { number: 1n, hash: blockHash(1, 1) }),
      );
      expect(added.filter(Boolean)).to.have.length(49);
      expect(world.waitingRoom.size).to.equal(50);
    });
  });

  it("forgets nodes that lost their link when the next epoch begins", async () => {
    const world = new World({ startAt: (genesis + 86_390) * 1_000 });
    await world.ingest.start();
    await world.beat(1);
    await world.beat(2);
    world.links.replace(world.links.links.slice(1));
    await world.clock.advance(slotMs);
    await world.beat(2);
    expect(world.heard.size).to.equal(1);
    expect(world.heard.lastOf(keyOf(2).address)?.epoch).to.equal(1n);
  });

  it("counts what the store cannot take, says so once, and goes on", async () => {
    class FullStore extends MemorySlotStore {
      full = true;
      override mark(epoch: bigint, slot: number, node: string): boolean {
        if (this.full) throw new KeeperError("NODE_LIMIT", "no room");
        return super.mark(epoch, slot, node);
      }
    }
    const slots = new FullStore({ slotsPerEpoch: epochClock.slotsPerEpoch, maximumNodes: 10 });
    const world = new World({ slots });
    await world.ingest.start();
    await world.beat(1);
    await world.beat(2);
    expect(world.ingest.counters.NOT_STORED).to.equal(2);
    expect(world.log.entries.filter(({ level }) => level === "error")).to.have.length(1);
    slots.full = false;
    await world.beat(3);
    expect(world.slotsOf(3)).to.equal(1);
  });

  it("hears nothing more once closed, and closes twice", async () => {
    const world = new World();
    await world.ingest.start();
    await world.ingest.close();
    await world.ingest.close();
    await world.beat(1);
    expect(world.slotsOf(1)).to.equal(0);
  });
});

/** Node 1 beats every 10 s until that time. */
async function beatUntil(world: World, until: number): Promise<void> {
  while (world.clock.now() < until) {
    await world.beat(1);
    await world.clock.advance(10_000);
  }
}
