import { expect } from "chai";
import { MemoryDisk } from "../../keepers/core/memoryDisk.js";
import { VirtualClock } from "../../keepers/core/virtualClock.js";
import { availabilityOf } from "../../keepers/oracle/scoring.js";
import { signHeartbeat } from "../../keepers/protocol/heartbeat.js";
import { FileSlotStore } from "../../keepers/storage/fileSlotStore.js";
import { epochClock, genesis, keyOf, World } from "../unit/oracle/ingest/world.js";

const DAY_MS = 86_400_000;
const SLOT_MS = 20_000;

/**
 * Found elsewhere: availability taken from the sender's own timestamps, so that a day's heartbeats in one burst scored 255; a beat
 * every 15 s scored 255 and one every 16 s scored 0; heartbeats believed without their signature; a restart that loses what was heard
 * in the epoch; ingestion that stands still while the state is saved.
 */
describe("finding: availability is what the oracle heard, when it heard it", () => {
  const startAt = genesis * 1_000;

  const byteOf = (world: World, number: number): number =>
    availabilityOf(0n, world.links.links, { slots: world.slots, epochClock })[number - 1]!;

  it("a day's heartbeats in one burst are worth the slot that they arrived in", async () => {
    const world = new World({ startAt: startAt + DAY_MS / 2 });
    await world.ingest.start();
    const sequence = BigInt(world.clock.now());
    for (let slot = 0; slot < 4_320; slot += 1) {
      const time = BigInt(startAt + slot * SLOT_MS);
      await world.send(1, world.message(1, { time, sequence: sequence + BigInt(slot) }));
    }
    expect(world.slotsOf(1, 0n)).to.be.at.most(1);
    await world.clock.advance(60_000);
    await world.beat(1);
    expect(world.slotsOf(1, 0n)).to.be.within(1, 2);
    expect(byteOf(world, 1)).to.equal(0); // of 4,320 slots
  });

  for (const seconds of [15, 16, 21]) {
    it(`a beat every ${seconds} s scores its share of the slots, without a cliff`, async function () {
      this.timeout(60_000);
      const world = new World({ startAt });
      await world.ingest.start();
      for (let at = 0; at < DAY_MS; at += seconds * 1_000) {
        void world.publish(1, world.message(1));
        await world.clock.advance(seconds * 1_000);
      }
      const share = Math.min(1, SLOT_MS / (seconds * 1_000));
      expect(byteOf(world, 1)).to.be.within(Math.floor(255 * share) - 1, Math.ceil(255 * share));
    });
  }

  it("a heartbeat counts for the node that signed it, and for nobody else", async () => {
    const world = new World();
    await world.ingest.start();
    await world.send(1, signHeartbeat(world.heartbeat(2), keyOf(2)));
    const forged = world.message(1);
    forged[forged.length - 20]! ^= 1;
    await world.send(1, forged);
    expect([1, 2, 3].map((number) => world.slotsOf(number))).to.deep.equal([0, 0, 0]);
  });

  it("is still known after the oracle was restarted in the middle of the epoch", async () => {
    const disk = new MemoryDisk();
    const clock = new VirtualClock(startAt);
    const open = (): Promise<FileSlotStore> =>
      FileSlotStore.open(
        { directory: "/slots", slotsPerEpoch: epochClock.slotsPerEpoch, maximumNodes: 9, flushMs: 1_000 },
        { clock, disk, onError: () => undefined },
      );
    const before = new World({ clock, slots: await open() });
    await before.ingest.start();
    for (let slot = 0; slot < 6; slot += 1) {
      await before.beat(1);
      await clock.advance(SLOT_MS);
    }
    disk.crash();
    const after = new World({ clock, slots: await open() });
    expect(after.slotsOf(1, 0n)).to.equal(6);
  });

  it("is heard while the state is being saved, however long the disk takes", async () => {
    const disk = new MemoryDisk();
    const clock = new VirtualClock(startAt);
    const options = { directory: "/slots", slotsPerEpoch: epochClock.slotsPerEpoch, maximumNodes: 9, flushMs: 1_000 };
    const slots = await FileSlotStore.open(options, { clock, disk, onError: () => undefined });
    const world = new World({ clock, slots });
    await world.ingest.start();
    await world.beat(1);
    const heard: boolean[] = [];
    disk.fault = ({ kind }) => {
      if (kind === "write") heard.push(slots.mark(0n, heard.length + 1, keyOf(2).address));
      return undefined;
    };
    await slots.flush();
    expect(heard.length).to.be.greaterThan(0);
    expect(heard).to.not.include(false);
    expect(world.slotsOf(2, 0n)).to.equal(heard.length);
  });
});
