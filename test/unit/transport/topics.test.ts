import { expect } from "chai";
import { matches } from "../../../keepers/transport/topics.js";

describe("matches", () => {
  for (const [filter, topic, expected] of [
    ["#", "$SYS/x", false],
    ["+/x", "$SYS/x", false],
    ["$SYS/#", "$SYS/x", true],
    ["$SYS/+", "$SYS/x", true],
    ["a/#", "a/$x", true],
  ] as const) {
    it(`${topic} ${expected ? "reaches" : "does not reach"} ${filter}: wildcards at the start skip the broker's topics`, () => {
      expect(matches(filter, topic)).to.equal(expected);
    });
  }
});
