import { expect } from "chai";
import fc from "fast-check";
import { adaptTimeouts, roundTimeout } from "../../../keepers/oracle/consensus/timeouts.js";
import { TIMEOUTS } from "./world.js";

const BOUNDS = { least: 100, most: 2_000 };

describe("time-outs", () => {
  it("grow by a step a round, up to the longest", () => {
    expect([0, 1, 10, 48, 49, 1e6].map((round) => roundTimeout(TIMEOUTS, round))).to.deep.equal([
      200, 300, 1_200, 5_000, 5_000, 5_000,
    ]);
  });

  it("go up by half when a round was not enough, and a quarter of the way to twice the measured time when it was", () => {
    expect(adaptTimeouts(TIMEOUTS, { decisionMs: 9_999, round: 1 }, BOUNDS).base).to.equal(300);
    expect(adaptTimeouts(TIMEOUTS, { decisionMs: 60, round: 0 }, BOUNDS).base).to.equal(180);
    expect(adaptTimeouts(TIMEOUTS, { decisionMs: 100, round: 0 }, BOUNDS)).to.deep.equal(TIMEOUTS);
  });

  it("stay within their bounds, and settle at twice the decision time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 1, max: 5_000 }), (decisionMs, base) => {
        let timeouts = { ...TIMEOUTS, base };
        for (let epoch = 0; epoch < 60; epoch++) timeouts = adaptTimeouts(timeouts, { decisionMs, round: 0 }, BOUNDS);
        expect(timeouts.base).to.be.within(BOUNDS.least, BOUNDS.most);
        expect(timeouts.base).to.be.closeTo(Math.min(Math.max(2 * decisionMs, BOUNDS.least), BOUNDS.most), 2);
      }),
    );
  });
});
