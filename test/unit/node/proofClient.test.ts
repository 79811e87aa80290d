import { expect } from "chai";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { ProofClient } from "../../../keepers/node/proofClient.js";
import { deed } from "./fixtures.js";
import { asJson, proofOf } from "./proofs.js";
import { TestOracle } from "./testOracle.js";

const right = proofOf(5);
const zero = `0x${"00".repeat(32)}`;

describe("proof client", () => {
  let oracle: TestOracle;
  let clock: VirtualClock;
  let roots: Map<bigint, string>;

  beforeEach(async () => {
    clock = new VirtualClock();
    oracle = await new TestOracle({ clock }).start();
    roots = new Map([[7n, right.root]]);
  });

  afterEach(() => oracle.close());

  function client(urls = [oracle.url]): ProofClient {
    const rootOf = async (epoch: bigint): Promise<string> => roots.get(epoch) ?? zero;
    return new ProofClient({ oracleUrls: urls, timeoutMs: 5_000 }, { clock, roots: { rootOf } });
  }

  const refused = async (urls?: string[]): Promise<Error> => {
    const caught: unknown = await client(urls)
      .latest(deed)
      .catch((error: unknown) => error);
    expect(caught).to.include({ code: "PROOF_UNAVAILABLE", retriable: true });
    return caught as Error;
  };

  it("fetches a deed's proof by its name and checks it against the root on chain", async () => {
    oracle.proofAnswers.push({ status: 200, body: asJson(right) });
    expect(await client().latest(deed)).to.deep.equal(right);
    expect(oracle.requests).to.deep.equal(["proof ND:5"]);
  });

  it("has none for a deed without a leaf", async () => {
    expect(await client().latest(deed)).to.equal(undefined);
  });

  it("says when there is no active epoch yet, unless another oracle has a proof", async () => {
    const message = "no epoch is active yet: epoch 0 is the first, and becomes active at 2027-01-01T01:00:00.000Z";
    const pending = { status: 404, body: { code: "EPOCH_PENDING", message } };
    oracle.proofAnswers.push(pending);
    const caught: unknown = await client()
      .latest(deed)
      .catch((error: unknown) => error);
    expect(caught).to.include({ code: "NOTHING_ACTIVE", message, retriable: true });
    oracle.proofAnswers.push(pending, { status: 200, body: asJson(right) });
    expect(await client([oracle.url, oracle.url]).latest(deed)).to.deep.equal(right);
  });

  it("believes no proof that is wrong in any way", async () => {
    const other = `0x${"ee".repeat(32)}`;
    const wrongs: [Record<string, unknown>, string][] = [
      [{ cumulative: "106" }, "does not lead to the root"],
      [{ proof: right.proof.slice(1) }, "does not lead to the root"],
      [{ proof: [other, ...right.proof.slice(1)] }, "does not lead to the root"],
      [{ root: other }, `epoch 7 has root ${right.root} on chain, not ${other}`],
      [{ epoch: 8 }, "epoch 8 has no active root on chain"],
      [asJson(proofOf(6)), "for another deed"],
      [{ cumulative: -1 }, "no proof (cumulative)"],
      [{ proof: "0x" }, "no proof (proof)"],
    ];
    for (const [wrong, said] of wrongs) {
      oracle.proofAnswers.push({ status: 200, body: { ...asJson(right), ...wrong } });
      expect((await refused()).message).to.contain(said);
    }
  });

  it("does not believe a tree that an oracle made up, however well it fits together", async () => {
    roots.set(7n, `0x${"ee".repeat(32)}`);
    oracle.proofAnswers.push({ status: 200, body: asJson(right) });
    expect((await refused()).message).to.contain("on chain");
  });

  it("goes to the next oracle after a wrong answer or none", async () => {
    const liar = await new TestOracle({ clock }).start();
    try {
      liar.proofAnswers.push({ status: 200, body: { ...asJson(right), cumulative: "999" } });
      oracle.proofAnswers.push({ status: 200, body: asJson(right) });
      expect(await client(["http://127.0.0.1:1", liar.url, oracle.url]).latest(deed)).to.deep.equal(right);
      oracle.proofAnswers.push({ status: 200, body: asJson(right) });
      expect(await client([liar.url, oracle.url]).latest(deed), "one has no leaf").to.deep.equal(right);
    } finally {
      await liar.close();
    }
  });

  it("says which oracle answered what when none had a right proof", async () => {
    oracle.proofAnswers.push({ status: 503, body: {} });
    const { message } = await refused(["http://127.0.0.1:1", oracle.url]);
    expect(message)
      .to.contain("http://127.0.0.1:1: no answer")
      .and.to.contain(`${oracle.url}: it answered with status 503`);
  });
});
