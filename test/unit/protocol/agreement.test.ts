import { expect } from "chai";
import fc from "fast-check";
import { availabilityByte, ELIGIBLE_AVAILABILITY } from "../../../keepers/protocol/availability.js";
import { lowerMedians } from "../../../keepers/protocol/median.js";
import { quorum } from "../../../keepers/protocol/quorum.js";

const anyReports = fc
  .tuple(fc.integer({ min: 1, max: 25 }), fc.nat(20))
  .chain(([count, length]) =>
    fc.array(fc.uint8Array({ minLength: length, maxLength: length }), { minLength: count, maxLength: count }),
  );

describe("quorum", () => {
  it("is more than two thirds, by whole oracles, and at least three", () => {
    for (let size = 0; size <= 300; size++) {
      const needed = quorum(size);
      if (size >= 3) expect(3 * needed > 2 * size && 3 * (needed - 1) <= 2 * size, `${size}`).to.equal(true);
      else expect(needed).to.equal(3);
    }
    expect([3, 4, 5, 6, 7, 10, 21].map(quorum)).to.deep.equal([3, 3, 4, 5, 5, 7, 15]);
  });

  it("makes any two quorums share an honest oracle, with fewer than a third dishonest", () => {
    for (let size = 4; size <= 300; size++) {
      const dishonest = Math.ceil(size / 3) - 1;
      expect(2 * quorum(size) - size, `${size}`).to.be.above(dishonest);
      expect(size - dishonest, `${size} without the dishonest`).to.be.at.least(quorum(size));
    }
  });

  it("refuses what is no size", () => {
    for (const size of [-1, 1.5, Number.NaN]) expect(() => quorum(size)).to.throw(RangeError, "size of the oracle set");
  });
});

describe("lower median", () => {
  it("is the element at ⌊(k − 1)/2⌋ of the ascending values, whatever the order of reports", () => {
    fc.assert(
      fc.property(anyReports, (reports) => {
        const naive = Array.from(reports[0]!, (_, link) => {
          const ascending = reports.map((report) => report[link]!).sort((a, b) => a - b);
          return ascending[Math.floor((ascending.length - 1) / 2)]!;
        });
        expect([...lowerMedians(reports)]).to.deep.equal(naive);
        expect([...lowerMedians([...reports].reverse())]).to.deep.equal(naive);
      }),
    );
  });

  it("takes the lower of two middles and leaves the reports as they were", () => {
    const reports = [9, 200, 100, 3].map((value) => Uint8Array.of(value));
    expect([...lowerMedians(reports)]).to.deep.equal([9]);
    expect(reports.map((report) => report[0])).to.deep.equal([9, 200, 100, 3]);
  });

  it("stays between honest values while fewer than half are dishonest", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 2, maxLength: 15 }),
        fc.uint8Array({ maxLength: 14 }),
        (honest, others) => {
          const lies = others.slice(0, Math.max(0, honest.length - 1));
          const [median] = lowerMedians([...honest, ...lies].map((value) => Uint8Array.of(value)));
          expect(median).to.be.within(Math.min(...honest), Math.max(...honest));
        },
      ),
    );
  });

  it("refuses no reports and reports of different lengths", () => {
    expect(() => lowerMedians([])).to.throw(RangeError, "no reports");
    expect(() => lowerMedians([new Uint8Array(2), new Uint8Array(3)])).to.throw(RangeError, "2 and of 3");
  });
});

describe("availability byte", () => {
  it("is ⌊received / expected × 255⌋ in exact arithmetic, for every count of every epoch up to 600 slots", () => {
    for (let expected = 1; expected <= 600; expected++) {
      for (let received = 0; received <= expected; received++) {
        const exact = Number((BigInt(received) * 255n) / BigInt(expected));
        const byte = availabilityByte(received, expected);
        if (byte !== exact) expect.fail(`${received} of ${expected}: got ${byte}, want ${exact}`);
      }
    }
  });

  it("gives 255 for every slot, 0 for none, and 98 % is 249: below the 250 that reporting takes", () => {
    expect(availabilityByte(4320, 4320)).to.equal(255);
    expect(availabilityByte(4319, 4320)).to.equal(254);
    expect(availabilityByte(0, 4320)).to.equal(0);
    expect(availabilityByte(4233, 4320)).to.equal(249);
    expect(availabilityByte(4236, 4320)).to.equal(ELIGIBLE_AVAILABILITY);
    expect(availabilityByte(4235, 4320)).to.be.below(ELIGIBLE_AVAILABILITY);
  });

  it("refuses counts that cannot be", () => {
    for (const [received, expected] of [
      [1, 0],
      [-1, 10],
      [11, 10],
      [0.5, 10],
      [1, Number.NaN],
    ] as const) {
      expect(() => availabilityByte(received, expected), `${received} of ${expected}`).to.throw(RangeError, "slots");
    }
  });
});
