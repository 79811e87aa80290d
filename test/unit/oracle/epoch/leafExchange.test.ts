import { expect } from "chai";
import { answeringPlace } from "../../../../keepers/oracle/epoch/leafExchange.js";
import { Fleet } from "./fleet.js";

const TURN_MS = 10_000;

describe("answers to a request for a leaf file", () => {
  it("begin with another member every turn, so that nobody is always first", () => {
    const set = new Fleet(3).oracles.map(({ key }) => key.address);
    const first = [0, 1, 2].map((turn) =>
      set.find((me) => answeringPlace(set, me, { now: turn * TURN_MS, turnMs: TURN_MS }) === 0),
    );
    expect(new Set(first)).to.deep.equal(new Set(set));
  });
});
