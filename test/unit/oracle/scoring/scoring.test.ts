import { expect } from "chai";
import fc from "fast-check";
import { availabilityOf, isEligible, slotsHeard } from "../../../../keepers/oracle/scoring.js";
import { EpochClock } from "../../../../keepers/protocol/epochClock.js";
import type { Link } from "../../../../keepers/protocol/links.js";
import { MemorySlotStore } from "../../../../keepers/storage/memorySlotStore.js";

const node = "0x00000000000000000000000000000000000000a1";
const other = "0x00000000000000000000000000000000000000b2";
const epochClock = new EpochClock({ genesis: 1_000, duration: 100, slotSeconds: 10 });
const epoch = 3n; // seconds 1,300 to 1,400

function link(associatedAt: number, who = node): Link {
  return { deed: 1n, node: who, associatedAt: BigInt(associatedAt) };
}

describe("scoring", () => {
  let slots: MemorySlotStore;

  beforeEach(() => {
    slots = new MemorySlotStore({ slotsPerEpoch: 10, maximumNodes: 10 });
  });

  it("counts all slots for a link older than the epoch", () => {
    for (const slot of [0, 3, 9]) slots.mark(epoch, slot, node);
    expect(slotsHeard(epoch, link(0), { slots, epochClock })).to.equal(3);
    expect(slotsHeard(epoch, link(1_300), { slots, epochClock })).to.equal(3);
  });

  it("counts from the slot of the association on, with the whole epoch expected", () => {
    for (let slot = 0; slot < 10; slot += 1) slots.mark(epoch, slot, node);
    const cases = [1_309, 1_310, 1_349, 1_350, 1_399, 1_400, 9_999].map((time) => link(time));
    expect(cases.map((each) => slotsHeard(epoch, each, { slots, epochClock }))).to.deep.equal([10, 9, 6, 5, 1, 0, 0]);
    const bytes = availabilityOf(epoch, cases, { slots, epochClock });
    expect([...bytes]).to.deep.equal([255, 229, 153, 127, 25, 0, 0]); // 229.5, 127.5 and 25.5 round down
  });

  it("gives one byte per link, in the order of the links, and zero for nodes never heard or heard in other epochs", () => {
    for (let slot = 0; slot < 10; slot += 1) slots.mark(epoch, slot, other);
    for (let slot = 0; slot < 10; slot += 1) slots.mark(epoch + 1n, slot, node);
    expect([...availabilityOf(epoch, [link(0), link(0, other)], { slots, epochClock })]).to.deep.equal([0, 255]);
    expect([...availabilityOf(epoch, [link(0, other), link(0)], { slots, epochClock })]).to.deep.equal([255, 0]);
    expect([...availabilityOf(epoch, [], { slots, epochClock })]).to.deep.equal([]);
  });

  it("property: the byte is what counting the marked slots one by one gives", () => {
    const marks = fc.uniqueArray(fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(marks, fc.integer({ min: 1_200, max: 1_450 }), (marked, associatedAt) => {
        const store = new MemorySlotStore({ slotsPerEpoch: 10, maximumNodes: 1 });
        for (const slot of marked) store.mark(epoch, slot, node);
        const counted = marked.filter((slot) => 1_300 + (slot + 1) * 10 > associatedAt).length;
        const [byte] = availabilityOf(epoch, [link(associatedAt)], { slots: store, epochClock });
        expect(byte).to.equal(Math.floor((counted * 255) / 10));
      }),
    );
  });

  it("lets an oracle report from 250 of its own node on, and never without a link", () => {
    const links = [link(0, other), link(0)];
    expect(isEligible(links, Uint8Array.of(0, 250), node)).to.equal(true);
    expect(isEligible(links, Uint8Array.of(255, 249), node)).to.equal(false);
    expect(isEligible(links, Uint8Array.of(255, 255), "0x00000000000000000000000000000000000000c3")).to.equal(false);
  });
});
