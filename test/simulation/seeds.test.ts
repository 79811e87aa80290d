import { expect } from "chai";

import { rememberSignatures } from "../../sim/fastSignatures.js";
import { SimFleet } from "../../sim/fleet.js";

/** Of each size; `npm run sim` runs as many as one likes. */
const SEEDS = 70;
const FIRST = 100_000;

/**
 * given a fleet of 4, 7 or 10 real oracles on a simulated network, chain and disks
 * ├── when messages, servers, disks and processes fail and up to a third are Byzantine   no promise is broken (see Monitor)
 * └── when the same seed is run again                                                   everything happens again
 */
describe(`a fleet, simulated (seeds from ${FIRST})`, function () {
  this.timeout(600_000);

  before(rememberSignatures);

  for (const nodes of [4, 7, 10]) {
    it(`keeps its promises: ${SEEDS} seeds of ${nodes} oracles`, async () => {
      for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
        const { violation } = await new SimFleet({ seed, nodes }).run();
        const again = `npm run sim -- --seeds 1 --start ${seed} --nodes ${nodes} --trace`;
        expect(violation, again).to.equal(undefined);
      }
    });
  }

  it("does the same again for the same seed, watched or not, and something else for another", async () => {
    const lines: string[] = [];
    const first = await new SimFleet({ seed: FIRST, nodes: 7 }).run();
    const again = await new SimFleet({ seed: FIRST, nodes: 7, show: (line) => lines.push(line) }).run();
    const other = await new SimFleet({ seed: FIRST + 1, nodes: 7 }).run();
    expect(again).to.deep.equal(first);
    expect(first.events).to.be.greaterThan(100);
    expect(lines.length).to.be.at.least(first.events);
    expect(other.hash).to.not.equal(first.hash);
  });
});
