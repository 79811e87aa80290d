import { createServer, type Server, type Socket } from "node:net";
import { expect } from "chai";
import { type LogEntry, memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { DauthClient } from "../../../keepers/node/dauthClient.js";
import { deedId, DeedKind } from "../../../keepers/protocol/deedId.js";
import { SigningKey } from "../../../keepers/protocol/signing.js";
import { domain, owner, TestOracle } from "./testOracle.js";

const key = new SigningKey(`0x${"42".repeat(32)}`);
/** Nobody listens on port 1. */
const deadUrl = "http://127.0.0.1:1";

describe("dAuth client", () => {
  let clock: VirtualClock;
  let entries: LogEntry[];
  let oracles: TestOracle[];

  beforeEach(() => {
    clock = new VirtualClock();
    oracles = [];
  });

  afterEach(async () => {
    await Promise.all(oracles.map((oracle) => oracle.close()));
  });

  async function oracle(): Promise<TestOracle> {
    const started = await new TestOracle({ clock }).start();
    oracles.push(started);
    return started;
  }

  function client(oracleUrls: readonly string[], operator?: string): DauthClient {
    const memory = memoryLogger(clock);
    ({ entries } = memory);
    return new DauthClient({ oracleUrls, domain, operator, timeoutMs: 5_000 }, { key, clock, logger: memory.logger });
  }

  const failure = (promise: Promise<unknown>): Promise<Error> =>
    promise.then(
      () => expect.fail("it should have failed"),
      (error: unknown) => error as Error,
    );

  it("proves the key and gets a session", async () => {
    const first = await oracle();
    const verdict = await client([`${first.url}/`], owner).request();
    expect(verdict.kind).to.equal("granted");
    if (verdict.kind !== "granted") return;
    expect(verdict.session).to.deep.include({
      node: key.address,
      deed: deedId(DeedKind.NODE, 5n),
      owner,
      brokerUrl: "mqtt://127.0.0.1:1883",
      heartbeat: { intervalMs: 10_000, freshBlocks: 256 },
      expiresAt: Math.floor(clock.now() / 1_000) + 600,
    });
    expect(verdict.session.password.reveal()).to.equal("pass-phrase-of-the-session");
    expect(first.sessionRequests[0]).to.include({ node: key.address, operator: owner });
  });

  it("does not name an operator that it was not told of", async () => {
    const first = await oracle();
    await client([first.url]).request();
    expect(first.sessionRequests[0]).to.not.have.property("operator");
  });

  it("goes to the next oracle when one is down, answers nonsense, lags or is busy, and stays with the one that answered", async () => {
    const broken = [
      { status: 200, body: { challenge: "0x12", expiresAt: 1 } },
      { status: 503, body: { code: "NOT_FOLLOWED", message: "still reading blocks" } },
      { status: 429, body: {} },
      { status: 400, body: {} },
      { status: 500, body: "oops" },
    ];
    const good = await oracle();
    const lame = await oracle();
    for (const answer of broken) {
      lame.challengeAnswers.push(answer);
      const asking = client([deadUrl, lame.url, good.url]);
      expect((await asking.request()).kind, JSON.stringify(answer)).to.equal("granted");
      expect(lame.challengeAnswers).to.deep.equal([]);
      const before = lame.requests.length;
      expect((await asking.request()).kind).to.equal("granted");
      expect(lame.requests.length).to.equal(before);
    }
  });

  it("says what was wrong with each oracle when none could answer", async () => {
    const lagging = await oracle();
    lagging.challengeAnswers.push({ status: 503, body: { code: "X", message: "block 5 of 900" } });
    const error = await failure(client([deadUrl, lagging.url]).request());
    expect(error).to.include({ code: "DAUTH_UNAVAILABLE", retriable: true });
    expect(error.message).to.match(/127\.0\.0\.1:1: no answer/u);
    expect(error.message).to.contain("it has not caught up with the chain (block 5 of 900)");
  });

  it("tells a refusal with its reason, from the first oracle that gave one", async () => {
    const first = await oracle();
    first.refusal = { code: "OPERATOR_BANNED", message: "banned in block 7" };
    const verdict = await client([deadUrl, first.url]).request();
    expect(verdict).to.deep.equal({
      kind: "refused",
      refusal: { code: "OPERATOR_BANNED", message: "banned in block 7", oracle: first.url },
    });
  });

  it("is not stopped by one oracle that refuses while another grants", async () => {
    const hostile = await oracle();
    hostile.refusal = { code: "NODE_NOT_ASSOCIATED", message: "no" };
    const honest = await oracle();
    expect((await client([hostile.url, honest.url]).request()).kind).to.equal("granted");
  });

  it("goes elsewhere when told to, and stays there", async () => {
    const [first, second] = [await oracle(), await oracle()];
    const asking = client([first.url, second.url]);
    const granter = async (elsewhere: boolean): Promise<string> => {
      const verdict = await asking.request({ elsewhere });
      return verdict.kind === "granted" ? verdict.oracle : verdict.kind;
    };
    expect([await granter(false), await granter(true), await granter(false)]).to.deep.equal([
      first.url,
      second.url,
      second.url,
    ]);
    await second.close();
    expect(await granter(false)).to.equal(first.url);
  });

  it("takes a new challenge once when the first was used up, and gives up on an oracle that refuses both", async () => {
    const first = await oracle();
    first.sessionAnswers.push({ status: 401, body: { code: "CHALLENGE", message: "used" } });
    expect((await client([first.url]).request()).kind).to.equal("granted");
    const used = first.sessionRequests.map(({ challenge }) => challenge);
    expect(new Set(used).size).to.equal(2);

    for (let i = 0; i < 2; i += 1) first.sessionAnswers.push({ status: 401, body: { code: "C", message: "used" } });
    const before = first.requests.length;
    const error = await failure(client([first.url]).request());
    expect(error.message).to.contain("the challenge was used or has expired (used)");
    expect(first.requests.length - before).to.equal(4);
  });

  it("cannot be served from a recording: an oracle that repeats an old challenge refuses it itself", async () => {
    const first = await oracle();
    await client([first.url]).request();
    const { challenge, expiresAt } = first.sessionRequests[0]!;
    const replay = { status: 200, body: { challenge, expiresAt } };
    first.challengeAnswers.push(replay, replay);
    const error = await failure(client([first.url]).request());
    expect(error.message).to.contain("the challenge was used or has expired");
  });

  it("signs no challenge that would stay valid for hours", async () => {
    const first = await oracle();
    const expiresAt = Math.floor(clock.now() / 1_000) + 3_602;
    first.challengeAnswers.push({ status: 200, body: { challenge: `0x${"01".repeat(32)}`, expiresAt } });
    const error = await failure(client([first.url]).request());
    expect(error.message).to.contain("valid for more than 3600 s");
    expect(first.sessionRequests).to.deep.equal([]);
  });

  it("takes no session of another node or another shape", async () => {
    const first = await oracle();
    for (const [wrong, said] of [
      [{ node: owner }, "instead of"],
      [{ brokerUrl: "file:///etc/passwd" }, "brokerUrl"],
      [{ deed: "ND" }, "deed"],
      [{ deed: "0" }, "deed"],
      [{ expiresAt: "soon" }, "expiresAt"],
      [{ heartbeat: { intervalMs: 60_000, freshBlocks: 1 } }, "heartbeat.intervalMs"],
    ] as const) {
      first.session = wrong;
      expect((await failure(client([first.url]).request())).message).to.contain(said);
    }
  });

  it("makes a hostile oracle's words fit for a terminal", async () => {
    const first = await oracle();
    first.refusal = { code: "DEED_BANNED", message: `\u001b[2Jgone\n${"x".repeat(1_000)}` };
    const verdict = await client([first.url]).request();
    expect(verdict.kind === "refused" && verdict.refusal.message).to.match(/^ \[2Jgone x{291}$/u);
  });

  it("cuts off an answer that is too long", async () => {
    const first = await oracle();
    first.challengeAnswers.push({ status: 200, body: { challenge: "x".repeat(300_000) } });
    expect((await failure(client([first.url]).request())).message).to.contain("HTTP_TOO_LARGE");
  });

  describe("with an oracle that never answers", () => {
    let server: Server;
    let sockets: Socket[];
    let connected: Promise<true>;
    let url: string;

    beforeEach(async () => {
      const connection = Promise.withResolvers<true>();
      connected = connection.promise;
      sockets = [];
      server = createServer((socket) => {
        sockets.push(socket);
        socket.on("error", () => undefined);
        connection.resolve(true);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    });

    afterEach(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    });

    it("goes on after the time-out", async () => {
      const good = await oracle();
      const asking = client([url, good.url]).request();
      await connected;
      await clock.advance(5_000);
      expect((await asking).kind).to.equal("granted");
      expect(entries.map(({ error }) => error).join()).to.contain("within 5000 ms");
    });

    it("ends when told to", async () => {
      const stop = new AbortController();
      const asking = failure(client([url]).request({ signal: stop.signal }));
      await connected;
      stop.abort(new Error("closing"));
      expect((await asking).message).to.equal("closing");
      expect(clock.pending).to.equal(0);
    });
  });

  it("wants at least one oracle", () => {
    expect(() => client([]))
      .to.throw()
      .that.includes({ code: "ORACLES_MISSING" });
  });
});
