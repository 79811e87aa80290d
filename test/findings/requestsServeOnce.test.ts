import { expect } from "chai";
import { VirtualClock } from "../../keepers/core/virtualClock.js";
import { SeededRandom } from "../../keepers/core/random.js";
import { Challenges } from "../../keepers/oracle/dauth/challenges.js";
import { DeeployWorld, hash, owner, sampleJob } from "../unit/deeploy/world.js";
import { createWorld, spec } from "../unit/node/jobs/world.js";

const HALF_A_DAY = 43_200;

/** Found elsewhere: signed requests are good for twelve hours, as often as anybody repeats them. */
describe("finding: a signed request serves once, and soon", () => {
  const opened: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const close of opened.splice(0)) await close();
  });

  it("at Deeploy: not twice, not for hours, not for another path", async () => {
    const world = new DeeployWorld();
    opened.push(() => world.close());
    world.chain.jobs.set(7n, sampleJob());
    await world.start();
    const now = Math.floor(world.clock.now() / 1_000);
    const ask = (options: object, path = "/jobs/7/extend") =>
      world.outcome(world.signed(owner, "POST", path, { body: { epochs: 2 }, ...options }));
    const nonce = hash("5e");
    expect((await ask({ nonce }))[0]).to.equal(200);
    expect(await ask({ nonce })).to.deep.equal([401, "NONCE_USED"]);
    expect(await ask({ expiresAt: now + HALF_A_DAY })).to.deep.equal([401, "EXPIRY_TOO_FAR"]);
    expect(await ask({ expiresAt: now - 1 })).to.deep.equal([401, "REQUEST_EXPIRED"]);
  });

  it("at a node: not twice, also after its restart, and not for hours", async () => {
    const world = createWorld();
    opened.push(() => world.jobs.close());
    world.chain.assign({ jobId: 3n, specHash: world.deeploy.keep(spec()) });
    await world.start();
    await world.clock.advance(3_000);
    const now = Math.floor(world.clock.now() / 1_000);
    const restart = { method: "POST", path: "/jobs/3/restart", nonce: hash("ee"), expiresAt: now + 200 };
    const codeOf = async (request: object) => (await world.ask(request as never)).at(-1)?.error?.code;
    expect(await codeOf(restart)).to.equal(undefined);
    expect(await codeOf(restart)).to.equal("COMMAND_REPLAYED");
    await world.jobs.close();
    world.again();
    await world.start();
    await world.clock.advance(3_000);
    expect(await codeOf(restart)).to.equal("COMMAND_REPLAYED");
    expect(await codeOf({ ...restart, nonce: hash("ef"), expiresAt: now + HALF_A_DAY })).to.equal("EXPIRY_TOO_FAR");
  });

  it("at dAuth: a challenge is for one node, for a short time, and for once", () => {
    const clock = new VirtualClock(1_700_000_000_000);
    const challenges = new Challenges({ lifetimeSeconds: 60, capacity: 10 }, { clock, random: new SeededRandom(1) });
    const [node, stranger] = [`0x${"11".repeat(20)}`, `0x${"22".repeat(20)}`];
    const challenge = challenges.issue(node);
    expect(challenges.check(stranger, challenge)).to.equal("unknown");
    expect(challenges.redeem(node, challenge)).to.equal("ok");
    expect(challenges.redeem(node, challenge)).to.equal("used");
    const later = { ...challenges.issue(node), expiresAt: 1_700_000_000 + HALF_A_DAY };
    expect(challenges.redeem(node, later)).to.equal("unknown");
  });
});
