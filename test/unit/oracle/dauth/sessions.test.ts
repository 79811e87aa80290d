import { expect } from "chai";
import { Wallet } from "ethers";
import { memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../../keepers/core/random.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { standingFailures } from "../../../../keepers/chain/selectors.js";
import { ApiError } from "../../../../keepers/core/http/apiError.js";
import { Challenges } from "../../../../keepers/oracle/dauth/challenges.js";
import type { BrokerAdmin } from "../../../../keepers/oracle/dauth/brokerAdmin.js";
import { type Credentials, readCredential } from "../../../../keepers/oracle/dauth/credentials.js";
import { type SessionRequest, Sessions, type SessionTerms } from "../../../../keepers/oracle/dauth/sessions.js";
import { bytesToHex } from "../../../../keepers/protocol/bytes.js";
import { sessionData, sessionDigest } from "../../../../keepers/protocol/typedData.js";
import { domain, FakeChain, keyOf, owner } from "./network.js";

const oracle = keyOf(10);
const key = keyOf(1);
const node = key.address;
const terms: SessionTerms = {
  brokerUrl: "mqtt://127.0.0.1:1883",
  epoch: { genesis: 1, duration: 20, slotSeconds: 2 },
  heartbeat: { intervalMs: 1_000, freshBlocks: 64 },
  oracles: ["http://127.0.0.1:8080"],
};

describe("Sessions", () => {
  let clock: VirtualClock;
  let chain: FakeChain;
  let sessions: Sessions;
  let log: ReturnType<typeof memoryLogger>;

  beforeEach(() => {
    clock = new VirtualClock();
    chain = new FakeChain();
    chain.active.add(node);
    log = memoryLogger(clock);
    sessions = make();
  });

  function make(admin?: Pick<BrokerAdmin, "grant">): Sessions {
    const challenges = new Challenges({ lifetimeSeconds: 60, capacity: 2 }, { clock, random: new SeededRandom(3) });
    return new Sessions(
      { domain, credentialSeconds: 600, terms },
      { challenges, standing: chain, key: oracle, clock, logger: log.logger, admin },
    );
  }

  function request(changes: Partial<SessionRequest> = {}, signer = key): SessionRequest {
    const { challenge, expiresAt } = sessions.challenge(node);
    const digest = sessionDigest(domain, { node, challenge, expiresAt: BigInt(expiresAt) });
    return { node, challenge, expiresAt, signature: bytesToHex(signer.sign(digest)), ...changes };
  }

  async function failure(open: () => Promise<unknown>): Promise<[number, string]> {
    try {
      await open();
    } catch (error) {
      if (error instanceof ApiError) return [error.status, error.code];
      throw error;
    }
    throw new Error("it was granted");
  }

  it("grants a session with terms and a credential of this oracle", async () => {
    const { username, password, ...answer } = await sessions.open(request());
    const issuedAt = Math.floor(clock.now() / 1_000);
    const expiresAt = issuedAt + 600;
    expect(answer).to.deep.equal({ node, deed: "ND:5", owner, expiresAt, ...terms });
    const credential = { username, node, issuer: oracle.address, issuedAt, expiresAt };
    expect(readCredential(domain, username, password)).to.deep.equal(credential);
    expect(JSON.stringify(log.entries)).not.to.include(password);
  });

  it("tells the broker of the credentials before the node, and says 503 when it cannot", async () => {
    const order: string[] = [];
    const told = Promise.withResolvers<undefined>();
    const admin = {
      grant: ({ username }: Credentials) => {
        order.push(username);
        return told.promise;
      },
    };
    sessions = make(admin);
    const opening = sessions.open(request()).then(({ username }) => order.push(`opened ${username}`));
    await clock.advance(1_000);
    const username = `${node}/${oracle.address}`;
    expect(order).to.deep.equal([username]);
    told.resolve(undefined);
    await opening;
    expect(order).to.deep.equal([username, `opened ${username}`]);
    sessions = make({ grant: () => Promise.reject(new Error("the broker is away")) });
    expect(await failure(() => sessions.open(request()))).to.deep.equal([503, "BROKER_NOT_READY"]);
  });

  it("takes signatures as wallets make them", async () => {
    const wallet = new Wallet(`0x${"1".padStart(64, "0")}`);
    const { challenge, expiresAt } = sessions.challenge(node);
    const data = sessionData(domain, { node, challenge, expiresAt: BigInt(expiresAt) });
    const signature = await wallet.signTypedData(data.domain, data.types, data.value);
    expect((await sessions.open({ node, challenge, expiresAt, signature })).node).to.equal(node);
  });

  for (const reason of standingFailures) {
    it(`refuses with 403 ${reason}`, async () => {
      chain.refused.set(node, reason);
      expect(await failure(() => sessions.open(request()))).to.deep.equal([403, reason]);
    });
  }

  it("checks the operator that the node names", async () => {
    expect((await sessions.open(request({ operator: owner }))).owner).to.equal(owner);
    expect(await failure(() => sessions.open(request({ operator: node })))).to.deep.equal([403, "DEED_NOT_OWNED"]);
  });

  it("refuses with 503 while the chain is not followed", async () => {
    chain.followed = false;
    expect(await failure(() => sessions.open(request()))).to.deep.equal([503, "CHAIN_NOT_FOLLOWED"]);
  });

  it("refuses signatures of other keys, for other networks, and malformed ones, with 401", async () => {
    const other = { ...domain, chainId: 1n };
    const { challenge, expiresAt } = sessions.challenge(node);
    const elsewhere = bytesToHex(key.sign(sessionDigest(other, { node, challenge, expiresAt: BigInt(expiresAt) })));
    const attempts = [
      request({}, keyOf(2)),
      { node, challenge, expiresAt, signature: elsewhere },
      request({ signature: `0x${"00".repeat(65)}` }),
      request({ signature: "0x" }),
    ];
    const codes = await Promise.all(attempts.map((attempt) => failure(() => sessions.open(attempt))));
    expect(codes).to.deep.equal(attempts.map(() => [401, "SIGNATURE_WRONG"]));
  });

  it("refuses challenges used, expired, invented or of another node, with 401", async () => {
    const used = request();
    await sessions.open(used);
    const expired = request();
    await clock.advance(60_000);
    const attempts = [
      used,
      expired,
      request({ challenge: `0x${"ab".repeat(32)}` }),
      request({ node: keyOf(2).address }),
    ];
    const codes = await Promise.all(attempts.map((attempt) => failure(() => sessions.open(attempt))));
    expect(codes).to.deep.equal(attempts.map(() => [401, "CHALLENGE_INVALID"]));
  });

  it("is not kept from a node by somebody who cannot sign, with its own challenge or many others", async () => {
    const honest = request();
    for (let i = 0; i < 10; i += 1) {
      await failure(() => sessions.open({ ...honest, signature: `0x${"11".repeat(65)}` }));
      await failure(() => sessions.open(request({}, keyOf(2))));
    }
    expect((await sessions.open(honest)).node).to.equal(node);
  });

  it("answers 503 when too many sessions were opened at once, until some challenges expire", async () => {
    await sessions.open(request());
    await sessions.open(request());
    expect(await failure(() => sessions.open(request()))).to.deep.equal([503, "BUSY"]);
    await clock.advance(60_000);
    expect((await sessions.open(request())).node).to.equal(node);
  });
});
