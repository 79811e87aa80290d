import { expect } from "chai";
import { memoryLogger, type LogEntry } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { SessionKeeper } from "../../../keepers/node/sessionKeeper.js";
import { key, lifeSeconds, ScriptedOracles } from "./fixtures.js";

interface Rig {
  readonly clock: VirtualClock;
  readonly entries: LogEntry[];
  readonly oracles: ScriptedOracles;
  readonly keeper: SessionKeeper;
}

function createRig(): Rig {
  const clock = new VirtualClock();
  const { logger, entries } = memoryLogger(clock);
  const oracles = new ScriptedOracles(clock);
  const keeper = new SessionKeeper(
    { node: key.address, backoff: { baseMs: 1_000, maximumMs: 60_000 } },
    { source: oracles, clock, random: new SeededRandom(1), logger },
  );
  return { clock, entries, oracles, keeper };
}

const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe("session keeper", () => {
  it("renews each session well before it ends, and asks no more often than that", async () => {
    const { keeper, clock, oracles } = createRig();
    await keeper.open();
    for (let second = 0; second < 24 * 3_600; second += 60) {
      expect(keeper.session!.expiresAt * 1_000).to.be.above(clock.now() + 60_000);
      await clock.advance(60_000);
    }
    expect(oracles.askedAt.length).to.be.within((24 * 3_600) / lifeSeconds, (2 * 24 * 3_600) / lifeSeconds);
  });

  it("asks with growing waits while every oracle is down, saying so each time", async () => {
    const { keeper, clock, oracles, entries } = createRig();
    oracles.mode = "down";
    const opening = keeper.open();
    await clock.advance(600_000);
    const waits = oracles.askedAt.slice(1).map((at, index) => at - oracles.askedAt[index]!);
    expect(waits.every((wait, n) => wait <= Math.min(1_000 * 2 ** n, 60_000) && wait > 0)).to.equal(true);
    expect(Math.max(...waits)).to.be.above(30_000);
    expect(oracles.askedAt.length).to.be.within(12, 30);
    const warnings = entries.filter(({ level }) => level === "warn");
    expect(warnings).to.have.length(oracles.askedAt.length);
    expect(warnings[0]).to.include({
      msg: "no oracle answers; asking again",
      error: "every oracle is down",
      attempt: 1,
    });
    oracles.mode = "grant";
    await clock.advance(60_000);
    expect((await opening).node).to.equal(key.address);
  });

  it("does not open for a node that is refused", async () => {
    const { keeper, oracles } = createRig();
    oracles.mode = { refuse: "DEED_BANNED" };
    expect(await caught(keeper.open())).to.include({ name: "NodeRefusedError", code: "DEED_BANNED" });
    keeper.close();
  });

  it("keeps the session while renewal fails, and goes on asking", async () => {
    const { keeper, clock, oracles, entries } = createRig();
    const first = await keeper.open();
    oracles.mode = "down";
    await clock.advance(lifeSeconds * 1_000 * 2);
    expect(keeper.session).to.equal(first);
    expect(entries.some(({ msg }) => msg === "the session could not be renewed")).to.equal(true);
    oracles.mode = "grant";
    await clock.advance(60_000);
    expect(keeper.session!.expiresAt).to.be.above(first.expiresAt);
  });

  it("tells a refusal at renewal, goes on asking with growing waits, and tells when the node may work again", async () => {
    const { keeper, clock, oracles, entries } = createRig();
    await keeper.open();
    const heard: string[] = [];
    keeper.onVerdict(({ kind }) => heard.push(kind));
    oracles.mode = { refuse: "OPERATOR_BANNED" };
    await clock.advance(3_600_000);
    expect([keeper.session, keeper.refusal?.code]).to.deep.equal([undefined, "OPERATOR_BANNED"]);
    expect(oracles.askedAt.length).to.be.within(50, 130);
    const errors = entries.filter(({ level }) => level === "error");
    expect(errors).to.have.length(1);
    expect(errors[0]?.msg).to.match(/^OPERATOR_BANNED: .*compliance/u);
    oracles.mode = "grant";
    await clock.advance(60_000);
    expect(heard.at(-1)).to.equal("granted");
    expect(new Set(heard.slice(0, -1))).to.deep.equal(new Set(["refused"]));
    expect([keeper.session?.node, keeper.refusal]).to.deep.equal([key.address, undefined]);
  });

  describe("credentials", () => {
    it("are those of the session once, and new ones, from another oracle, for each further connection", async () => {
      const { keeper, oracles } = createRig();
      await keeper.open();
      const passwords = [await keeper.credentials(), await keeper.credentials(), await keeper.credentials()];
      expect(passwords.map(({ password }) => password)).to.deep.equal(["password-1", "password-2", "password-3"]);
      expect(passwords[0]?.username).to.equal(key.address);
      expect(oracles.elsewhere).to.deep.equal([false, true, true]);
    });

    it("are asked for again when the unused session has ended", async () => {
      const { keeper, clock, oracles } = createRig();
      await keeper.open();
      oracles.mode = "down";
      await clock.advance(lifeSeconds * 1_000);
      oracles.mode = "grant";
      const asked = oracles.askedAt.length;
      expect((await keeper.credentials()).password).to.equal(`password-${asked + 1}`);
    });

    it("are the last ones while no oracle answers", async () => {
      const { keeper, oracles } = createRig();
      await keeper.open();
      await keeper.credentials();
      oracles.mode = "down";
      expect((await keeper.credentials()).password).to.equal("password-1");
    });

    it("are none while the node is refused, or before there is a session", async () => {
      const { keeper, oracles } = createRig();
      oracles.mode = "down";
      expect(await caught(keeper.credentials())).to.have.property("message", "every oracle is down");
      oracles.mode = { refuse: "DEED_BANNED" };
      expect(await caught(keeper.credentials())).to.include({ code: "DEED_BANNED" });
    });

    it("share one question when asked for at once", async () => {
      const { keeper, oracles } = createRig();
      await Promise.all([keeper.credentials(), keeper.credentials(), keeper.open()]);
      expect(oracles.askedAt).to.have.length(1);
    });
  });

  it("asks at a bearable pace when the oracle's clock is far behind", async () => {
    const { clock, oracles, keeper } = createRig();
    await keeper.open();
    const behind = { ...keeper.session!, expiresAt: 1 };
    oracles.request = async () => {
      oracles.askedAt.push(clock.now());
      return { kind: "granted", oracle: "http://oracle", session: behind };
    };
    await clock.advance(lifeSeconds * 1_000);
    const asked = oracles.askedAt.length;
    await clock.advance(60_000);
    expect(oracles.askedAt.length - asked).to.be.within(1, 60);
  });

  it("ends an opening that waits and leaves no timer", async () => {
    const { keeper, clock, oracles } = createRig();
    oracles.mode = "down";
    const opening = caught(keeper.open());
    await clock.advance(5_000);
    keeper.close();
    keeper.close();
    expect(await opening).to.include({ code: "CLOSED" });
    expect(clock.pending).to.equal(0);
  });
});
