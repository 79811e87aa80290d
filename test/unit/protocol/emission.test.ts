import { expect } from "chai";
import { Decimal as DefaultDecimal } from "decimal.js";
import fc from "fast-check";
import { DeedKind } from "../../../keepers/protocol/deedId.js";
import { type EmissionSchedule, minted } from "../../../keepers/protocol/emission.js";
import { expWad } from "../../../keepers/protocol/expWad.js";
import {
  GENESIS_ALLOCATION,
  GENESIS_POOLS,
  MASTER_ALLOCATION,
  MASTER_DEED_MAX_ALLOCATION,
  NODE_DEED_ALLOCATION,
  NODE_DEEDS,
  PRODUCTION_SCHEDULES,
  R1,
  SUPPLY_CAP,
  TIERS,
} from "../../../keepers/protocol/supply.js";

const Decimal = DefaultDecimal.clone({ precision: 60 });
const RELATIVE = new Decimal("1e-12");
/** Two divisions round down, and the first one's loss is scaled by less than 1.04. */
const ROUNDING_WEI = new Decimal(3);

const ND: EmissionSchedule = { ...PRODUCTION_SCHEDULES[DeedKind.NODE], allocation: NODE_DEED_ALLOCATION };
const MND: EmissionSchedule = { ...PRODUCTION_SCHEDULES[DeedKind.MASTER], allocation: MASTER_DEED_MAX_ALLOCATION };
const GND: EmissionSchedule = { ...PRODUCTION_SCHEDULES[DeedKind.GENESIS], allocation: GENESIS_ALLOCATION };

const anySchedule = fc.oneof(
  fc.constantFrom(ND, MND, GND),
  fc.record({
    curve: fc.constantFrom("linear" as const, "logistic" as const),
    allocation: fc.bigInt({ min: 0n, max: SUPPLY_CAP }),
    duration: fc.bigInt({ min: 1n, max: 2000n }),
  }),
);
const share = fc.integer({ min: 0, max: 1_050_000 });
const cumulativeOf = ({ duration }: EmissionSchedule, millionths: number) =>
  (255n * duration * BigInt(millionths)) / 1_000_000n;

/** The paper's curve, written as it stands there: no algebra shared with the code. */
function model({ curve, allocation, duration }: EmissionSchedule, cumulative: bigint): DefaultDecimal {
  const x = Decimal.min(new Decimal(cumulative.toString()).div(255), duration.toString());
  const progress = x.div(duration.toString());
  if (curve === "linear") return progress.mul(allocation.toString());
  const steepness = new Decimal(10);
  const inflection = new Decimal(437).div(677);
  const sigma = (z: DefaultDecimal) => new Decimal(1).div(z.neg().exp().add(1));
  const at = (fraction: DefaultDecimal) => sigma(steepness.mul(fraction.sub(inflection)));
  const zero = at(new Decimal(0));
  return at(progress)
    .sub(zero)
    .div(at(new Decimal(1)).sub(zero))
    .mul(allocation.toString());
}

function expectNear(actual: bigint, expected: DefaultDecimal, what: string): void {
  const error = expected.sub(actual.toString()).abs();
  expect(
    error.lte(expected.mul(RELATIVE).add(ROUNDING_WEI)),
    `${what}: ${actual}, model ${expected.toFixed()}`,
  ).to.equal(true);
}

describe("emission", () => {
  it("matches the paper's curves to 1e-12", () => {
    fc.assert(
      fc.property(anySchedule, share, (schedule, millionths) => {
        const cumulative = cumulativeOf(schedule, millionths);
        expectNear(minted(schedule, cumulative), model(schedule, cumulative), `${schedule.curve} at ${cumulative}`);
      }),
      { numRuns: 300 },
    );
  });

  it("matches them in the first bytes and in the last, where digits are easily lost", () => {
    for (const schedule of [ND, MND, GND]) {
      const full = 255n * schedule.duration;
      for (const cumulative of [1n, 2n, 3n, 254n, 255n, 256n, full - 256n, full - 2n, full - 1n]) {
        expectNear(minted(schedule, cumulative), model(schedule, cumulative), `${schedule.curve} at ${cumulative}`);
      }
    }
  });

  it("starts at nothing, ends at the whole allocation to the wei, and stays there", () => {
    fc.assert(
      fc.property(anySchedule, fc.bigInt({ min: 0n, max: 2n ** 200n }), (schedule, beyond) => {
        expect(minted(schedule, 0n)).to.equal(0n);
        expect(minted(schedule, 255n * schedule.duration + beyond)).to.equal(schedule.allocation);
      }),
    );
    expect(minted(MND, 255n * 677n - 1n) < MND.allocation).to.equal(true);
  });

  it("never decreases and never exceeds the allocation", () => {
    fc.assert(
      fc.property(anySchedule, share, fc.nat(1000), (schedule, millionths, step) => {
        const before = cumulativeOf(schedule, millionths);
        const more = minted(schedule, before + BigInt(step));
        expect(more >= minted(schedule, before)).to.equal(true);
        expect(more <= schedule.allocation).to.equal(true);
      }),
    );
  });

  it("grows with every single byte of a Master Node Deed", () => {
    let before = 0n;
    for (let cumulative = 1n; cumulative <= 255n * MND.duration; cumulative++) {
      const now = minted(MND, cumulative);
      if (now <= before) expect.fail(`${now} at ${cumulative} is not more than ${before}`);
      before = now;
    }
  });

  it("yields the same in many claims as in one", () => {
    fc.assert(
      fc.property(anySchedule, fc.array(share, { minLength: 1, maxLength: 30 }), (schedule, shares) => {
        const claims = shares.map((millionths) => cumulativeOf(schedule, millionths)).sort((a, b) => (a < b ? -1 : 1));
        let claimed = 0n;
        for (const cumulative of claims) {
          const due = minted(schedule, cumulative) - claimed;
          expect(due >= 0n).to.equal(true);
          claimed += due;
        }
        expect(claimed).to.equal(minted(schedule, claims.at(-1)!));
      }),
    );
  });

  it("is steepest near month 22: epoch 437 of the vesting", () => {
    const gain = (epoch: bigint) => minted(MND, 255n * (epoch + 1n)) - minted(MND, 255n * epoch);
    expect(gain(437n) > gain(387n) && gain(437n) > gain(487n)).to.equal(true);
  });

  it("refuses what cannot be", () => {
    expect(() => minted(ND, -1n)).to.throw(RangeError, "emission");
    expect(() => minted({ ...ND, duration: 0n }, 1n)).to.throw(RangeError, "emission");
    expect(() => minted({ ...ND, allocation: -1n }, 1n)).to.throw(RangeError, "emission");
  });
});

describe("expWad", () => {
  it("is e^x over the whole range that the curves use, and beyond", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -40n * R1, max: 135n * R1 }), (x) => {
        const expected = new Decimal(x.toString()).div(1e18).exp().mul(1e18);
        const error = expected.sub(expWad(x).toString()).abs();
        expect(error.lte(expected.mul("1e-17").add(1)), `${x}`).to.equal(true);
      }),
      { numRuns: 300 },
    );
  });

  it("is exact at zero, nothing far below, and refused far above", () => {
    expect(expWad(0n)).to.equal(R1);
    expect(expWad(-41446531673892822313n)).to.equal(0n);
    expect(expWad(-(10n ** 30n))).to.equal(0n);
    expect(() => expWad(135305999368893231589n)).to.throw(RangeError, "exponent");
    expect(expWad(135305999368893231588n) < 2n ** 255n).to.equal(true);
  });
});

describe("supply", () => {
  it("is shared out without exceeding the cap", () => {
    const shares = NODE_DEED_ALLOCATION * NODE_DEEDS + MASTER_ALLOCATION + GENESIS_ALLOCATION;
    expect(SUPPLY_CAP).to.equal(161_803_398n * R1);
    expect(shares <= SUPPLY_CAP).to.equal(true);
    expect(SUPPLY_CAP - shares < NODE_DEEDS).to.equal(true);
    expect(MASTER_ALLOCATION % R1 > 0n).to.equal(true);
    expect(NODE_DEED_ALLOCATION / R1).to.equal(1575n);
    expect(MASTER_DEED_MAX_ALLOCATION * 50n).to.equal(SUPPLY_CAP);
  });

  it("sells exactly the Node Deeds there are, in tiers that grow in price and size", () => {
    expect(TIERS.reduce((sum, { units }) => sum + units, 0)).to.equal(Number(NODE_DEEDS));
    expect(TIERS).to.have.lengthOf(12);
    TIERS.slice(1).forEach(({ priceUsd, units }, i) => {
      expect(priceUsd).to.be.above(TIERS[i]!.priceUsd);
      expect(units).to.be.above(TIERS[i]!.units);
    });
  });

  it("splits the Genesis Node Deed's R1 among five pools, all of it", () => {
    expect(Object.values(GENESIS_POOLS).reduce((sum: number, share) => sum + share, 0)).to.equal(10_000);
  });

  it("vests Master Node Deeds from epoch 223 to epoch 900", () => {
    const { startEpoch, duration } = PRODUCTION_SCHEDULES[DeedKind.MASTER];
    expect(startEpoch + duration).to.equal(900n);
  });
});
