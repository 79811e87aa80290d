import { expect } from "chai";
import { KeeperError } from "../../../keepers/core/errors.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import type { Measured } from "../../../keepers/oracle/epoch/types.js";
import { createObserver } from "../../../keepers/oracle/parts/observing.js";
import { ServiceSlots } from "../../../keepers/oracle/service/serviceSlots.js";
import type { Seat } from "../../../keepers/protocol/subjects.js";
import { memoryShelf } from "./service/memoryShelf.js";
import { EpochClock } from "../../../keepers/protocol/epochClock.js";
import { MemorySlotStore } from "../../../keepers/storage/memorySlotStore.js";

const epochClock = new EpochClock({ genesis: 0, duration: 200, slotSeconds: 20 });
const node = `0x${"01".repeat(20)}`;
const links = [{ deed: 1n, node, associatedAt: 0n }];
const seat = { jobId: 1n, deed: 1n, assignment: `0x${"5e".repeat(16)}${"a1".repeat(16)}` };
const sealingMs = 16_000;

/** A store of which other processes' marks can be read only after so many failures. */
class SharedStore extends MemorySlotStore {
  syncs: bigint[] = [];
  #failures: number;

  constructor(failures: number) {
    super({ slotsPerEpoch: epochClock.slotsPerEpoch, maximumNodes: 1 });
    this.#failures = failures;
  }

  override sync(epoch = -1n): Promise<void> {
    this.syncs.push(epoch);
    if (this.syncs.length <= this.#failures) {
      return Promise.reject(new KeeperError("REDIS_FAILED", "Redis is away", { retriable: true }));
    }
    this.mark(epoch, 3, node);
    return Promise.resolve();
  }
}

describe("what an oracle observed of an epoch", () => {
  const clock = new VirtualClock();
  const { logger, entries } = memoryLogger(clock);

  async function observe(
    slots: SharedStore,
    ingest?: { recheck: () => void },
    seats: readonly Seat[] = [],
    services = new ServiceSlots({ slotsPerEpoch: epochClock.slotsPerEpoch }, { shelf: memoryShelf(), logger }),
  ): Promise<Measured> {
    const hearing = { ingest: ingest as never };
    const observer = createObserver(
      { epochClock, sealingMs },
      { clock, random: new SeededRandom(1), logger },
      { slots, services },
      hearing,
    );
    const measured = Promise.resolve(observer.observe(7n, { links, seats }));
    await clock.advance(sealingMs / 2);
    return measured;
  }

  it("counts what other processes marked, and what waited for a block here", async () => {
    const slots = new SharedStore(0);
    const ingest = { recheck: () => slots.mark(7n, 4, node) };
    expect(await observe(slots, ingest)).to.deep.equal(Uint8Array.of(Math.floor((2 * 255) / 10)));
    expect(slots.syncs).to.deep.equal([7n]);
  });

  it("asks again within half of the time for sealing", async () => {
    const slots = new SharedStore(3);
    expect(await observe(slots)).to.deep.equal(Uint8Array.of(25));
  });

  it("counts what was served after that, and waits for it in the same way", async () => {
    const shelf = memoryShelf();
    const services = new ServiceSlots({ slotsPerEpoch: epochClock.slotsPerEpoch }, { shelf, logger });
    await services.prepare(8n);
    for (const slot of [0, 1, 2, 3, 4]) services.mark(7n, slot, seat.assignment, BigInt(slot));
    services.withhold(7n, 4, seat.assignment);
    expect(await observe(new SharedStore(0), undefined, [seat], services)).to.deep.equal(Uint8Array.of(25, 102));
    shelf.problem = "Redis is away";
    expect(await observe(new SharedStore(0), undefined, [seat], services)).to.equal(undefined);
    expect(await observe(new SharedStore(0), undefined, [], services)).to.deep.equal(Uint8Array.of(25));
  });

  it("is nothing rather than half when the others' marks cannot be read", async () => {
    const slots = new SharedStore(100);
    expect(await observe(slots)).to.equal(undefined);
    expect(slots.syncs).to.have.length(4);
    expect(JSON.stringify(entries)).to.include("no report this epoch").and.include("Redis is away");
  });
});
