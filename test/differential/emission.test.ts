/** The model's exponential against a series for e^x, so that what contracts and model agree on is right as well. */
import { expect } from "chai";

import { exp, linear, logistic, WAD } from "./model/emission.js";

const DIGITS = 10n ** 40n;
const FULL = 255n;
/** Production's Master Node Deeds. */
const DURATION = 677n;
/** 2 % of the cap, in wei. */
const ALLOCATION = 3_236_067_960_000_000_000_000_000n;
/** A prime number of bytes from one sample to the next, so that all parts of an epoch are met. */
const STRIDE = 97n;

/** e^x as Σ xⁿ/n!, with 40 decimals. @param x With 18. */
function series(x: bigint): bigint {
  let sum = 0n;
  for (let [n, term] = [1n, DIGITS]; term > 0n; n++) {
    sum += term;
    term = (term * x) / (WAD * n);
  }
  return sum;
}

describe("the model's emission", () => {
  it("takes e^x from an approximation that is off by at most 1.2e-18 of it and one unit", () => {
    for (let cumulative = 0n; cumulative <= FULL * DURATION; cumulative += STRIDE) {
      const x = (10n * cumulative * WAD) / (FULL * DURATION);
      const exact = series(x);
      const error = exp(x) * (DIGITS / WAD) - exact;
      const most = (exact * 12n) / 10n ** 19n + DIGITS / WAD;
      expect(error <= most && -error <= most, `e^${x}: off by ${error}e-40`).to.equal(true);
    }
  });

  it("mines nothing at first, the whole allocation in the end, and ever more in between", () => {
    for (const mined of [linear, logistic]) {
      expect(mined(ALLOCATION, DURATION, 0n)).to.equal(0n);
      expect(mined(ALLOCATION, DURATION, FULL * DURATION)).to.equal(ALLOCATION);
      let before = 0n;
      for (let cumulative = STRIDE; cumulative <= FULL * DURATION; cumulative += STRIDE) {
        const now = mined(ALLOCATION, DURATION, cumulative);
        expect(now > before && now <= ALLOCATION, `at ${cumulative}`).to.equal(true);
        before = now;
      }
    }
  });
});
