/**
 * The contracts against a second implementation of the protocol, in `model/`: the same random steps of everybody, valid and
 * invalid ones.
 *
 * After every step
 * ├── the contract did what the model did, or reverted with the error that the model names
 * └── everything that can be read is what the model says, to the wei
 */
import { expect } from "chai";

import { ACTIONS } from "./actions/all.js";
import { describe as report, shrink, Tally, walk } from "./walk/walk.js";

const SEEDS = [1, 2, 3, 4, 5, 6];
const STEPS = 300;
/** Replays that a divergence is shortened with. */
const REPLAYS = 30;
/** For a walk and, where it fails, all its replays. */
const MOST_MS = 1_800_000;

describe("the contracts against the model", () => {
  const tally = new Tally();

  for (const seed of SEEDS) {
    it(`agree on ${STEPS} steps from seed ${seed}`, async () => {
      const divergence = await walk(seed, STEPS, tally);
      if (divergence) expect.fail(report(await shrink(divergence, REPLAYS)));
    }).timeout(MOST_MS);
  }

  it("did everything that can be done, and were refused whatever can be refused", () => {
    // Nobody can be kept from these. Nobody may ever intrude.
    const never = ["setPayee", "updateFeed", "offerDelegation"];
    const names = ACTIONS.map(({ name }) => name);
    const lacking = {
      done: names.filter((name) => name !== "intrude" && !tally.done.has(name)),
      refused: names.filter((name) => !never.includes(name) && !tally.refused.has(name)),
    };
    expect(lacking).to.deep.equal({ done: [], refused: [] });
  });
});
