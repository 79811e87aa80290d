import { expect } from "chai";

import { rememberSignatures } from "../../sim/fastSignatures.js";
import { SimFleet } from "../../sim/fleet.js";
import { peaceful, withOracle } from "../../sim/peace.js";
import type { Plan } from "../../sim/plan.js";

const SEED = 1;
const NODES = 4;
/** Nothing heals before the end: an oracle may die at any time. */
const LATE = 25_000 + 30_000;

/** One epoch, and one oracle that dies at a place and is back a moment later. */
function dyingAt(dieAt: number): (plan: Plan) => Plan {
  const restarts = [{ dieAt, afterMs: 0, downMs: 300 }];
  return (plan) => withOracle({ ...peaceful(plan), epochs: 1, healAt: LATE }, 0, { restarts });
}

/**
 * given four oracles and one epoch
 * └── when one dies before or after any one of its awaits and starts again   no promise is broken, and it gets there too
 */
describe("crash and restart at every await", function () {
  this.timeout(120_000);

  before(rememberSignatures);

  it("never leads to a contradiction, and the epoch is committed", async () => {
    const whole = new SimFleet({ seed: SEED, nodes: NODES, alter: dyingAt(-1) });
    await whole.run();
    const places = whole.oracles[0]!.places;
    expect(places).to.be.greaterThan(200);
    let deaths = 0;
    for (let place = 0; place < places; place++) {
      const lines: string[] = [];
      const alter = dyingAt(place);
      const fleet = new SimFleet({ seed: SEED, nodes: NODES, alter, show: (line) => lines.push(line) });
      const { violation } = await fleet.run();
      expect(violation, `dies at place ${place}`).to.equal(undefined);
      expect(fleet.chain.head.state.last?.report.epoch).to.equal(0n);
      deaths += lines.filter((line) => line.includes("o0 dies")).length;
    }
    // The very last places may come after everything is over.
    expect(deaths).to.be.at.least(places - 5);
  });
});
