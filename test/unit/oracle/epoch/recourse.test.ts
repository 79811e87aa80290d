import { expect } from "chai";

import type { Address, Hash } from "../../../../keepers/protocol/bytes.js";
import {
  dataHash,
  decodeLeafFile,
  encodeLeafFile,
  type LeafFile,
  treeOf,
} from "../../../../keepers/protocol/leafFile.js";
import {
  decodeMessage,
  messageDigest,
  type OracleMessage,
  oracleTopic,
  signMessage,
} from "../../../../keepers/protocol/oracleMessages.js";
import { valueId, ZERO_HASH } from "../../../../keepers/protocol/oracleValue.js";
import { compactSignature } from "../../../../keepers/protocol/signing.js";
import { type EpochReport, epochReportDigest } from "../../../../keepers/protocol/typedData.js";
import { ACTIVATION_DELAY, CONTEXT, DOMAIN, EPOCH_MS, Fleet, type FleetOracle } from "./fleet.js";

/** Seven of ten are a quorum; the three that are left are one too. */
const HONEST = 3;

/**
 * given an activation delay and a ledger that takes back what is wrong
 * ├── when the root before is pending        nobody signs or sends the next one; it goes through once that is active
 * ├── when a corrupt quorum commits a wrong root
 * │   ├── it is disproved, its signers are gone, and the rest agree on the epoch again and commit
 * │   ├── a report that the rest signed before goes through, and none of them signs another
 * │   └── when the chain cannot be reached for a while, it is disproved afterwards
 * ├── when the wrong root is active already  everybody builds on it, and says that it is wrong
 * ├── when members are gone for good and removed   the epoch that waited for them is agreed on without them
 * ├── when an attempt ends before its report is signed   only the next attempt's report is signed
 * └── when a corrupt quorum decides          nobody else signs or keeps a wrong root, or one on another root
 */
describe("EpochRunner and recourse", () => {
  let fleet: Fleet;
  /** By epoch and sender: the digests signed. */
  let signed: Map<string, Set<Hash>>;
  const stops: (() => Promise<void>)[] = [];

  async function watch(): Promise<void> {
    signed = new Map();
    const bus = fleet.hub.connect("spectator");
    stops.push(() => bus.close());
    await bus.subscribe(`r1/${CONTEXT.chainId}/oracle/+`, (_topic, payload) => {
      const { message } = decodeMessage(payload.slice(), CONTEXT);
      if (message.kind !== "signature") return;
      const key = `${message.epoch} ${message.sender}`;
      signed.set(key, (signed.get(key) ?? new Set()).add(message.reportDigest));
    });
  }

  /** Hands out a leaf file to whoever asks, in the name of a corrupt oracle. */
  async function serve(liar: FleetOracle, file: Uint8Array): Promise<void> {
    const bus = fleet.hub.connect(`liar ${liar.key.address}`);
    stops.push(() => bus.close());
    const { epoch } = decodeLeafFile(file);
    await bus.subscribe(`r1/${CONTEXT.chainId}/oracle/+`, (_topic, payload) => {
      const { message } = decodeMessage(payload.slice(), CONTEXT);
      if (message.kind !== "request" || message.key !== dataHash(file)) return;
      const answer = { kind: "leaves", epoch, attempt: message.attempt, sender: liar.key.address, file } as const;
      void bus.publish(oracleTopic(CONTEXT.chainId, liar.key.address), signMessage(liar.key, CONTEXT, answer));
    });
  }

  function reportOf(file: LeafFile): EpochReport {
    const { epoch, previousRoot, entries } = file;
    const hash = dataHash(encodeLeafFile(file));
    return { epoch, previousRoot, root: treeOf(file).root, dataHash: hash, leafCount: BigInt(entries.length) };
  }

  function commitBy(signers: readonly FleetOracle[], report: EpochReport): void {
    const digest = epochReportDigest(DOMAIN, report);
    const keys = signers.map(({ key }) => key).sort((a, b) => (a.address < b.address ? -1 : 1));
    const signatures = keys.map((key) => compactSignature(key.sign(digest)));
    fleet.ledger.commit((keys[0] as (typeof keys)[0]).address, report, signatures);
  }

  /** The file of the last committed epoch, as if nobody had been there for the epoch after it but one deed, too much. */
  async function wrongAfter(honest: FleetOracle, epoch: bigint): Promise<LeafFile> {
    const kept = (await honest.archive.latest()) as NonNullable<Awaited<ReturnType<typeof honest.archive.latest>>>;
    const { entries } = decodeLeafFile(kept.leafFile);
    const [first, ...others] = entries as [(typeof entries)[0], ...typeof entries];
    const greedy = { ...first, cumulative: first.cumulative + 256n };
    return { ...CONTEXT, epoch, previousRoot: kept.meta.root, entries: [greedy, ...others] };
  }

  const eventsOf = (oracle: FleetOracle, type: string) => oracle.events.filter((event) => event.type === type);
  const addresses = (oracles: readonly FleetOracle[]): Address[] => oracles.map(({ key }) => key.address).sort();

  /** Nobody, whatever happened, signed two reports of one epoch. */
  function expectNoDoubleSignature(): void {
    for (const [who, digests] of signed) expect([...digests], who).to.have.length(1);
  }

  afterEach(async () => {
    await fleet.close();
    for (const stop of stops.splice(0)) await stop();
  });

  it("builds on active roots only: nobody signs the next report before", async () => {
    fleet = new Fleet(4);
    await watch();
    await fleet.start(fleet.oracles.slice(2));
    await fleet.runTo(2 * EPOCH_MS + 30_000);
    await fleet.start(fleet.oracles.slice(0, 2));
    while (fleet.ledger.commits.length === 0) await fleet.runTo(fleet.clock.now() + 1_000);
    const first = fleet.ledger.commits[0]?.activeFrom ?? 0;
    await fleet.runTo(first * 1_000 - 1);
    expect(fleet.oracles.flatMap((oracle) => eventsOf(oracle, "decided")).map(({ epoch }) => epoch)).to.include(1n);
    expect([...signed.keys()].filter((who) => who.startsWith("1 "))).to.be.empty;
    expect(fleet.ledger.transactions).to.have.length(1);
    await fleet.runTo((first + 10) * 1_000);
    expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([0n, 1n]);
    expect(fleet.ledger.transactions.every(({ accepted }) => accepted)).to.equal(true);
    expectNoDoubleSignature();
  });

  describe("when a corrupt quorum commits a wrong root", () => {
    let honest: FleetOracle[];
    let corrupt: FleetOracle[];

    beforeEach(async () => {
      fleet = new Fleet(10);
      honest = fleet.oracles.slice(0, HONEST);
      corrupt = fleet.oracles.slice(HONEST);
      await watch();
      await fleet.start();
      await fleet.runTo(2 * EPOCH_MS - 1);
      expect(fleet.ledger.last?.epoch).to.equal(0n);
      for (const oracle of corrupt) await oracle.stop();
    });

    /** After epoch 1's end. */
    async function commitWrong(): Promise<EpochReport> {
      const file = await wrongAfter(honest[0] as FleetOracle, 1n);
      await serve(corrupt[0] as FleetOracle, encodeLeafFile(file));
      const report = reportOf(file);
      commitBy(corrupt, report);
      return report;
    }

    it("disproves it, and those that are left agree on the epoch again", async () => {
      await fleet.runTo(2 * EPOCH_MS + 5_000);
      const wrong = await commitWrong();
      await fleet.runTo(2 * EPOCH_MS + 15_000);
      expect(fleet.ledger.disproofs).to.have.length(1);
      expect(fleet.ledger.disproofs[0]).to.include({ epoch: 1n, root: wrong.root });
      expect(addresses(honest)).to.include(fleet.ledger.disproofs[0]?.by);
      expect(fleet.members).to.deep.equal(addresses(honest));
      for (const oracle of honest) expect(eventsOf(oracle, "disputed").map(({ epoch }) => epoch)).to.deep.equal([1n]);
      await fleet.runTo(3 * EPOCH_MS + 20_000);
      expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([0n, 1n, 2n]);
      const [, again] = fleet.ledger.commits;
      expect(again?.root).to.not.equal(wrong.root);
      expect(again?.previousRoot).to.equal(fleet.ledger.commits[0]?.root);
      expect(again?.signers).to.deep.equal(addresses(honest));
      const kept = await (honest[1] as FleetOracle).archive.get(1n);
      expect(kept?.meta.root).to.equal(again?.root);
      expectNoDoubleSignature();
    });

    it("does so also when the chain could not be reached at first", async () => {
      await fleet.runTo(2 * EPOCH_MS + 5_000);
      for (const oracle of honest) oracle.rpcDown = true;
      await commitWrong();
      await fleet.runTo(2 * EPOCH_MS + 10_000);
      expect(fleet.ledger.disproofs).to.be.empty;
      (honest[2] as FleetOracle).rpcDown = false;
      await fleet.runTo(2 * EPOCH_MS + 15_000);
      expect(fleet.ledger.disproofs.map(({ by }) => by)).to.deep.equal([(honest[2] as FleetOracle).key.address]);
    });

    it("disproves it after a restart too, and agrees again", async () => {
      await fleet.runTo(2 * EPOCH_MS + 5_000);
      for (const oracle of honest) await oracle.stop();
      await commitWrong();
      await fleet.start(honest);
      await fleet.runTo(2 * EPOCH_MS + 40_000);
      expect(fleet.ledger.disproofs).to.have.length(1);
      expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([0n, 1n]);
      expectNoDoubleSignature();
    });

    it("builds on it once it is active, for then nobody can take it back, and says so", async () => {
      await fleet.runTo(2 * EPOCH_MS + 5_000);
      for (const oracle of honest) oracle.rpcDown = true;
      const wrong = await commitWrong();
      await fleet.runTo(2 * EPOCH_MS + 5_000 + (ACTIVATION_DELAY + 5) * 1_000);
      const [first] = honest as [FleetOracle];
      expect((await first.archive.get(1n))?.meta.root).to.equal(wrong.root);
      expect(first.logs.flat().map(({ msg }) => msg)).to.include("a wrong root is active: nobody disproved it in time");
    });
  });

  it("lets a report through that was signed before, and signs no other", async () => {
    fleet = new Fleet(10);
    await watch();
    await fleet.start();
    const honest = fleet.oracles.slice(0, HONEST);
    const corrupt = fleet.oracles.slice(HONEST);
    await fleet.runTo(2 * EPOCH_MS - 1);
    // All ten agree on epoch 1 and sign it; before anybody can send it, the corrupt ones commit another root.
    for (const oracle of fleet.oracles) oracle.rpcDown = true;
    await fleet.runTo(2 * EPOCH_MS + 5_000);
    const right = (await (honest[0] as FleetOracle).archive.get(1n))?.meta.root;
    expect([...signed.keys()].filter((who) => who.startsWith("1 "))).to.have.length(10);
    const entries = decodeLeafFile(
      ((await (honest[0] as FleetOracle).archive.get(0n)) as { leafFile: Uint8Array }).leafFile,
    ).entries.map((entry) => ({ ...entry, cumulative: entry.cumulative - 1n }));
    const shrunk = { ...CONTEXT, epoch: 1n, previousRoot: fleet.ledger.last?.root ?? ZERO_HASH, entries };
    for (const oracle of corrupt) await oracle.stop();
    await serve(corrupt[0] as FleetOracle, encodeLeafFile(shrunk));
    commitBy(corrupt, reportOf(shrunk));
    for (const oracle of honest) oracle.rpcDown = false;
    await fleet.runTo(2 * EPOCH_MS + 30_000);
    expect(fleet.ledger.disproofs).to.have.length(1);
    expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([0n, 1n]);
    expect(fleet.ledger.last?.root).to.equal(right);
    expect(fleet.ledger.last?.signers).to.deep.equal(addresses(honest));
    await fleet.runTo(4 * EPOCH_MS - 1);
    expect(fleet.ledger.last?.epoch).to.equal(2n);
    for (const address of addresses(honest)) expect([...(signed.get(`1 ${address}`) ?? [])]).to.have.length(1);
    expectNoDoubleSignature();
  });

  it("skips an epoch of which too many signed another report that cannot go through", async () => {
    fleet = new Fleet(4);
    await watch();
    await fleet.start();
    await fleet.runTo(EPOCH_MS - 1);
    // Two have signed something for epoch 0 in a life that nobody remembers.
    for (const oracle of fleet.oracles.slice(0, 2)) {
      await oracle.stop();
      await oracle.promise(0n, `0x${"77".repeat(32)}`);
      await oracle.start();
    }
    await fleet.runTo(3 * EPOCH_MS - 1);
    expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([1n]);
    expect([...signed.keys()].filter((who) => who.startsWith("0 "))).to.be.empty;
  });

  it("goes on without members that are gone for good, once they are removed", async () => {
    fleet = new Fleet(7);
    const alive = fleet.oracles.slice(0, 4);
    await fleet.start();
    await fleet.runTo(EPOCH_MS + 10_000);
    for (const oracle of fleet.oracles.slice(4)) await oracle.stop();
    await fleet.runTo(2 * EPOCH_MS + 30_000);
    expect(fleet.ledger.last?.epoch).to.equal(0n);
    for (const oracle of fleet.oracles.slice(5)) {
      fleet.ledger.remove([oracle.key.address]);
      await fleet.runTo(fleet.clock.now() + 7_000);
    }
    await fleet.runTo(3 * EPOCH_MS - 1);
    expect(fleet.ledger.last?.epoch).to.equal(1n);
    expect(fleet.ledger.last?.signers).to.deep.equal(addresses(alive));
  });

  it("signs a report that was not signed before the attempt was over only as decided in the next one", async () => {
    fleet = new Fleet(4);
    await watch();
    const [node] = fleet.nodes as [Address];
    fleet.oracles.forEach((oracle, i) => {
      oracle.measure = (epoch, of) => (of === node && epoch === 1n ? ([10, 20, 30, 200][i] as number) : 255);
    });
    // Epoch 0 is decided late, so that epoch 1 is decided while its root is pending, and is not signed.
    await fleet.start(fleet.oracles.slice(2));
    await fleet.runTo(2 * EPOCH_MS + 30_000);
    await fleet.start(fleet.oracles.slice(0, 2));
    while (fleet.ledger.commits.length === 0) await fleet.runTo(fleet.clock.now() + 1_000);
    await fleet.runTo(fleet.clock.now() + 10_000);
    const [left] = fleet.oracles as [FleetOracle];
    const decidedFirst = (await (fleet.oracles[1] as FleetOracle).archive.get(1n))?.meta.root;
    expect(decidedFirst).to.not.equal(undefined);
    fleet.ledger.remove([left.key.address]);
    await fleet.runTo(fleet.clock.now() + 30_000);
    // The lower median of 20, 30, 200 is another than that of 10, 20, 30, 200.
    const [, committed] = fleet.ledger.commits;
    expect(committed?.epoch).to.equal(1n);
    expect(committed?.root).to.not.equal(decidedFirst);
    for (const oracle of fleet.oracles.slice(1)) {
      expect((await oracle.archive.get(1n))?.meta.root).to.equal(committed?.root);
    }
    expectNoDoubleSignature();
  });

  describe("when a corrupt quorum decides", () => {
    let alone: FleetOracle;
    let corrupt: FleetOracle[];

    beforeEach(async () => {
      fleet = new Fleet(4);
      await watch();
      await fleet.start();
      await fleet.runTo(2 * EPOCH_MS - 1);
      [alone, ...corrupt] = fleet.oracles as [FleetOracle, ...FleetOracle[]];
      for (const oracle of corrupt) await oracle.stop();
    });

    /** A DECISION of epoch 1 with the corrupt oracles' precommits. */
    async function decide(report: EpochReport): Promise<void> {
      const { epoch, ...rest } = report;
      const header = { epoch, attempt: 0 };
      const set = addresses(corrupt).map((oracle) => ({ oracle, reportHash: `0x${"77".repeat(32)}` }));
      const value = { type: "reports", ...rest, set } as const;
      const keys = corrupt.map(({ key }) => key).sort((a, b) => (a.address < b.address ? -1 : 1));
      const certificate = keys.map((key) => {
        const vote = { kind: "precommit", ...header, sender: key.address, round: 0, valueId: valueId(epoch, value) };
        return { oracle: key.address, signature: key.sign(messageDigest(CONTEXT, vote as OracleMessage)) };
      });
      const [first] = keys as [(typeof keys)[0]];
      const message = { kind: "decision", ...header, sender: first.address, round: 0, value, certificate } as const;
      const bus = fleet.hub.connect("decider");
      stops.push(() => bus.close());
      await bus.publish(oracleTopic(CONTEXT.chainId, first.address), signMessage(first, CONTEXT, message));
    }

    it("does not sign a wrong root, and does not build on it", async () => {
      const file = await wrongAfter(alone, 1n);
      await serve(corrupt[0] as FleetOracle, encodeLeafFile(file));
      await fleet.runTo(2 * EPOCH_MS + 2_000);
      await decide(reportOf(file));
      await fleet.runTo(2 * EPOCH_MS + 30_000);
      expect(alone.logs.flat().map(({ error }) => error as string)).to.satisfy((errors: (string | undefined)[]) =>
        errors.some((error) => error?.includes("the oracles decided a wrong root")),
      );
      expect(await alone.archive.get(1n)).to.equal(undefined);
      expect(signed.get(`1 ${alone.key.address}`)).to.equal(undefined);
    });

    it("skips an epoch whose report builds on a root that is not the chain's last", async () => {
      const file = { ...(await wrongAfter(alone, 1n)), previousRoot: `0x${"99".repeat(32)}` };
      await fleet.runTo(2 * EPOCH_MS + 2_000);
      await decide(reportOf(file));
      await fleet.runTo(2 * EPOCH_MS + 30_000);
      expect(alone.runner?.nextEpoch).to.equal(2n);
      expect(eventsOf(alone, "decided").at(-1)).to.include({ epoch: 1n, root: undefined });
      expect(signed.get(`1 ${alone.key.address}`)).to.equal(undefined);
    });
  });
});
