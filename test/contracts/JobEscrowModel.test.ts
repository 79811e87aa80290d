/**
 * JobEscrow against `test/helpers/jobModel.ts`: the same random actions, valid and invalid ones, of developers, a delegate,
 * oracles, compliance and anybody, in any order, at changing prices, with honest, corrupt and missing roots.
 *
 * After every action
 * ├── the escrow refused exactly what the model refuses
 * ├── every job has the model's balance, refund, places and length
 * ├── every account has the model's R1, and as much is burned as the model says
 * └── the escrow holds deposits − paid − burned − refunded, to the wei
 */
import { expect } from "chai";

import { type Draw, JobWalk } from "../helpers/jobWalk.js";
import { loadJobWorld } from "../helpers/jobWorld.js";

const SEEDS = [1, 2, 3, 4, 5, 6];
const STEPS = 150;

/** Numbers that depend on the seed alone (mulberry32). */
function generator(seed: number): Draw {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

describe("JobEscrow against its model", () => {
  const done = new Map<string, number>();
  const refused = new Map<string, number>();

  for (const seed of SEEDS) {
    it(`walks ${STEPS} steps from seed ${seed}`, async () => {
      const walk = new JobWalk(await loadJobWorld(), generator(seed));
      await walk.open();
      for (let step = 0; step < STEPS; step++) await walk.step();
      for (const [name, count] of walk.done) done.set(name, (done.get(name) ?? 0) + count);
      for (const [name, count] of walk.refused) refused.set(name, (refused.get(name) ?? 0) + count);
    });
  }

  it("every action succeeded and, where it can be, was refused", () => {
    const both = ["create", "extend", "scaleUp", "scaleDown", "close", "assign", "settle", "settleMany", "delegate"];
    for (const name of [...both, "refund"]) expect(done.get(name) ?? 0, `${name} done`).to.be.above(10);
    expect(done.get("payHeld") ?? 0, "payHeld done").to.be.above(0);
    for (const name of [...both, "payHeld"]) expect(refused.get(name) ?? 0, `${name} refused`).to.be.above(0);
  });
});
