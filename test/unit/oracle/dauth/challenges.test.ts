import { expect } from "chai";
import { SeededRandom } from "../../../../keepers/core/random.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { Challenges } from "../../../../keepers/oracle/dauth/challenges.js";
import { keyOf } from "./network.js";

const node = keyOf(1).address;

describe("Challenges", () => {
  let clock: VirtualClock;
  let challenges: Challenges;

  beforeEach(() => {
    clock = new VirtualClock();
    challenges = new Challenges({ lifetimeSeconds: 60, capacity: 3 }, { clock, random: new SeededRandom(1) });
  });

  it("redeems what it issued, once", () => {
    const issued = challenges.issue(node);
    expect(issued.expiresAt).to.equal(Math.floor(clock.now() / 1_000) + 60);
    expect(challenges.check(node, issued)).to.equal("ok");
    expect(challenges.redeem(node, issued)).to.equal("ok");
    expect(challenges.redeem(node, issued)).to.equal("used");
    expect(challenges.check(node, issued)).to.equal("used");
  });

  it("issues different ones to one node within one second", () => {
    const [first, second] = [challenges.issue(node), challenges.issue(node)];
    expect(first.challenge).not.to.equal(second.challenge);
    expect([challenges.redeem(node, first), challenges.redeem(node, second)]).to.deep.equal(["ok", "ok"]);
  });

  it("refuses them from the second of their expiry on", async () => {
    const issued = challenges.issue(node);
    await clock.advance(59_999);
    expect(challenges.check(node, issued)).to.equal("ok");
    await clock.advance(1);
    expect(challenges.redeem(node, issued)).to.equal("expired");
  });

  it("knows none of another node, with another expiry, changed, or of another oracle", () => {
    const issued = challenges.issue(node);
    const last = issued.challenge.endsWith("0") ? "1" : "0";
    const changed = { ...issued, challenge: issued.challenge.slice(0, -1) + last };
    const elsewhere = new Challenges({ lifetimeSeconds: 60, capacity: 3 }, { clock, random: new SeededRandom(2) });
    expect(challenges.redeem(keyOf(2).address, issued)).to.equal("unknown");
    expect(challenges.redeem(node, { ...issued, expiresAt: issued.expiresAt + 1 })).to.equal("unknown");
    expect(challenges.redeem(node, changed)).to.equal("unknown");
    expect(elsewhere.redeem(node, issued)).to.equal("unknown");
  });

  it("takes no memory for asking, and turns away rather than forget a used one that is alive", async () => {
    const issued = Array.from({ length: 1_000 }, () => challenges.issue(node));
    expect(challenges.size).to.equal(0);
    const outcomes = issued.slice(0, 4).map((each) => challenges.redeem(node, each));
    expect(outcomes).to.deep.equal(["ok", "ok", "ok", "full"]);
    expect(challenges.redeem(node, issued[0]!)).to.equal("used");
    await clock.advance(60_000);
    expect(challenges.redeem(node, challenges.issue(node))).to.equal("ok");
    expect(challenges.size).to.equal(1);
  });
});
