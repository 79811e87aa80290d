import { expect } from "chai";
import fc from "fast-check";
import { EpochClock } from "../../../keepers/protocol/epochClock.js";

const PRODUCTION = { genesis: 1_750_000_000, duration: 86_400, slotSeconds: 20 };

describe("epoch clock", () => {
  it("cuts a production day into 4,320 slots", () => {
    expect(new EpochClock(PRODUCTION).slotsPerEpoch).to.equal(4320);
  });

  it("covers [genesis + e·duration, genesis + (e+1)·duration)", () => {
    const clock = new EpochClock(PRODUCTION);
    for (const epoch of [0n, 1n, 222n, 1080n]) {
      expect(clock.epochAt(clock.start(epoch))).to.equal(epoch);
      expect(clock.epochAt(clock.end(epoch) - 1)).to.equal(epoch);
      expect(clock.epochAt(clock.end(epoch))).to.equal(epoch + 1n);
      expect(clock.end(epoch)).to.equal(clock.start(epoch + 1n));
    }
    expect(clock.start(2n)).to.equal(1_750_172_800);
  });

  it("is in epoch 0 before genesis too, but in no slot", () => {
    const clock = new EpochClock(PRODUCTION);
    expect(clock.epochAt(0)).to.equal(0n);
    expect(clock.slotAt(PRODUCTION.genesis * 1000 - 1)).to.equal(undefined);
    expect(clock.slotAt(PRODUCTION.genesis * 1000)).to.deep.equal({ epoch: 0n, slot: 0 });
  });

  it("places every millisecond where exact arithmetic places it", () => {
    const options = fc.record({
      genesis: fc.nat(2_000_000_000),
      slots: fc.integer({ min: 1, max: 5000 }),
      slotSeconds: fc.integer({ min: 1, max: 60 }),
      after: fc.nat(2 ** 31 - 1),
    });
    fc.assert(
      fc.property(options, ({ genesis, slots, slotSeconds, after }) => {
        const clock = new EpochClock({ genesis, duration: slots * slotSeconds, slotSeconds });
        const whole = BigInt(after) / BigInt(slotSeconds * 1000);
        const epoch = whole / BigInt(slots);
        const milliseconds = genesis * 1000 + after;
        expect(clock.slotAt(milliseconds)).to.deep.equal({ epoch, slot: Number(whole % BigInt(slots)) });
        expect(clock.epochAt(Math.floor(milliseconds / 1000))).to.equal(epoch);
      }),
    );
  });

  it("refuses lengths that make no sense", () => {
    const wrong: [Partial<typeof PRODUCTION>, string][] = [
      [{ genesis: -1 }, "genesis: got -1"],
      [{ genesis: 0.5 }, "genesis: got 0.5"],
      [{ duration: 0 }, "duration: got 0"],
      [{ slotSeconds: 0 }, "slotSeconds: got 0"],
      [{ slotSeconds: Number.NaN }, "slotSeconds: got NaN"],
      [{ slotSeconds: 7 }, "no whole number of slots"],
      [{ slotSeconds: 172_800 }, "no whole number of slots"],
    ];
    for (const [options, reason] of wrong) {
      expect(() => new EpochClock({ ...PRODUCTION, ...options }), reason).to.throw(RangeError, reason);
    }
  });
});
