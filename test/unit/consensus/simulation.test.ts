import { expect } from "chai";
import { BEHAVIOURS, silent } from "./byzantine.js";
import { Fleet, type FleetOptions } from "./harness.js";

const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);

function runAll(options: Omit<FleetOptions, "seed">, check: (fleet: Fleet) => void = () => undefined): void {
  for (const seed of SEEDS) {
    const fleet = new Fleet({ ...options, seed });
    fleet.run();
    check(fleet);
  }
}

const ROUGH = { healAt: 4_000, loss: 0.3 };

describe("agreement of a fleet (simulated, seeds 1 to 12 each)", function () {
  this.timeout(120_000);

  for (const size of [4, 7]) {
    describe(`${size} oracles`, () => {
      it("decides all reports in round 0 on a good network", () => {
        runAll({ size }, ({ decision }) => {
          expect(decision.round).to.equal(0);
          expect(decision.value).to.have.property("set").with.length(size);
        });
      });

      it("decides after loss, partitions and reordering have healed", () => runAll({ size, ...ROUGH }));

      it("never contradicts itself when it crashes at any effect", () => runAll({ size, ...ROUGH, crash: 0.05 }));

      it("skips an epoch with fewer than a quorum of eligible oracles", () => {
        const observed = (index: number) => (index < 2 ? [1, 2, 3, 4, 5] : undefined);
        runAll({ size, observed }, ({ decision }) => expect(decision.value).to.deep.equal({ type: "skip" }));
      });

      for (const [name, behaviour] of Object.entries(BEHAVIOURS)) {
        const faults = Math.floor((size - 1) / 3);
        const byzantine = Object.fromEntries(Array.from({ length: faults }, (_, index) => [index * 2, behaviour]));
        it(`stands ${faults} of kind ${name}`, () => runAll({ size, byzantine }));
        it(`stands ${faults} of kind ${name} on a rough network with crashes`, () => {
          runAll({ size, byzantine, ...ROUGH, crash: 0.02 });
        });
      }
    });
  }

  it("decides without an oracle that sees other links", () => {
    const configure: FleetOptions["configure"] = (index, config) =>
      index === 3 ? { ...config, subjectsHash: `0x${"ee".repeat(32)}` } : config;
    runAll({ size: 4, configure }, ({ decision }) => expect(decision.value.type).to.equal("reports"));
  });

  it("decides in a later round when the first leader is silent", () => {
    const leader = new Fleet({ seed: 0, size: 4 }).oracles;
    const first = leader.findIndex(({ key, config }) => key.address === config.leaders[0]);
    runAll({ size: 4, byzantine: { [first]: silent } }, ({ decision }) => {
      expect(decision.round).to.equal(1);
      expect(decision.value.type).to.equal("reports");
    });
  });
});
