import { expect } from "chai";
import { id, Wallet } from "ethers";

import { addressOf } from "../../../keepers/chain/deployment.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import type { Address } from "../../../keepers/protocol/bytes.js";
import type { DeedId } from "../../../keepers/protocol/deedId.js";
import { LeafKind } from "../../../keepers/protocol/leaf.js";
import { dataHash, encodeLeafFile, type LeafFile, treeOf } from "../../../keepers/protocol/leafFile.js";
import { decodeMessage, oracleTopic, signMessage } from "../../../keepers/protocol/oracleMessages.js";
import { ZERO_HASH } from "../../../keepers/protocol/oracleValue.js";
import { bytesToHex } from "../../../keepers/protocol/bytes.js";
import { compactSignature, SigningKey } from "../../../keepers/protocol/signing.js";
import { epochReportDigest } from "../../../keepers/protocol/typedData.js";
import { MemoryHub } from "../../../keepers/transport/memoryBus.js";
import { deployProtocol } from "./development.js";
import { addOracle, ChainOracle, type Parts, TIMES } from "./recourseWorld.js";

/** Seven of ten are a quorum; the three that are left are one too. */
const SIZE = 10;
const HONEST = 3;

/**
 * given ten oracles on a real chain, three of them honest and at work, and an epoch that all have signed
 * ├── when the other seven commit a wrong root   it is disproved, they are ejected, and the three commit the epoch
 * ├── when an honest one is challenged           it answers
 * └── when one that is gone is challenged        it is removed, and the others begin the undecided epochs anew
 */
describe("recourse on a real chain", () => {
  let parts: Parts;
  let clock: VirtualClock;
  let hub: MemoryHub;
  let wallets: Wallet[];
  let deeds: DeedId[];
  let honest: ChainOracle[];
  let first: LeafFile;

  beforeEach(async function () {
    this.timeout(60_000);
    parts = await deployProtocol();
    clock = new VirtualClock();
    hub = new MemoryHub({ network: () => [20], maximumPayloadBytes: 1_048_576, outgoingLimit: 1_024 }, { clock });
    wallets = Array.from({ length: SIZE }, (_, i) => new Wallet(id(`recourse ${i}`)));
    deeds = [];
    for (const [i, wallet] of wallets.entries()) deeds.push(await addOracle(parts, i + 1, wallet));
    const epoch = (await nextEpoch()) - 1n;
    first = fileOf(epoch, ZERO_HASH, 255n);
    await commit(wallets, first);
    honest = wallets.slice(0, HONEST).map((wallet) => new ChainOracle(wallet));
    const { root } = treeOf(first);
    const meta = { previousRoot: ZERO_HASH, root, dataHash: hashOf(first), leafCount: String(SIZE), reporters: [] };
    for (const oracle of honest) {
      await oracle.archive.put(epoch, encodeLeafFile(first), meta);
      await oracle.start(parts, clock, hub, epoch);
    }
  });

  afterEach(async () => {
    for (const oracle of honest) await oracle.close();
    parts.provider.destroy();
    await parts.connection.close();
  });

  const rpc = (method: string, ...params: unknown[]): Promise<unknown> => parts.provider.send(method, params);
  const hashOf = (file: LeafFile) => dataHash(encodeLeafFile(file));

  /** Ends the running epoch on the chain; gives the number of the next. */
  async function nextEpoch(): Promise<bigint> {
    const { epochLedger } = parts.contracts;
    const end = await epochLedger.epochEnd(await epochLedger.currentEpoch());
    await rpc("evm_setNextBlockTimestamp", Number(end));
    await rpc("evm_mine");
    return epochLedger.currentEpoch();
  }

  /** Lets the oracles work, a second at a time on their clocks and a block a second, until the condition holds. */
  async function until(what: string, holds: () => boolean | Promise<boolean>, seconds = 18): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      for (let part = 0; part < 10; part += 1) {
        await clock.advance(100);
        await rpc("eth_blockNumber");
      }
      if (await holds()) return;
      await rpc("evm_increaseTime", 1);
      await rpc("evm_mine");
    }
    throw new Error(`after ${seconds} s still not: ${what}`);
  }

  function fileOf(epoch: bigint, previousRoot: string, cumulative: bigint): LeafFile {
    const ledger = addressOf(parts.deployment, "EpochLedger");
    const entries = deeds.map((deed) => ({ kind: LeafKind.AVAILABILITY, id: deed, cumulative }));
    return { chainId: BigInt(parts.deployment.chainId), ledger, epoch, previousRoot, entries };
  }

  async function commit(by: readonly Wallet[], file: LeafFile): Promise<void> {
    const { chainId, ledger: verifyingContract, epoch, previousRoot, entries } = file;
    const root = treeOf(file).root;
    const report = { epoch, previousRoot, root, dataHash: hashOf(file), leafCount: BigInt(entries.length) };
    const digest = epochReportDigest({ chainId, verifyingContract }, report);
    const keys = by.map(({ privateKey }) => new SigningKey(privateKey));
    const signatures = keys
      .sort((a, b) => (a.address < b.address ? -1 : 1))
      .map((key) => compactSignature(key.sign(digest)))
      .map((bytes) => ({ r: bytesToHex(bytes.subarray(0, 32)), vs: bytesToHex(bytes.subarray(32)) }));
    await (await parts.contracts.epochLedger.commit(report, signatures)).wait();
  }

  /** A corrupt oracle hands out the file behind its root. */
  async function serve(liar: Wallet, file: LeafFile): Promise<void> {
    const { chainId, ledger, epoch } = file;
    const context = { chainId, ledger };
    const key = new SigningKey(liar.privateKey);
    const bus = hub.connect(key.address);
    await bus.subscribe(`r1/${chainId}/oracle/+`, (_topic, payload) => {
      const { message } = decodeMessage(payload.slice(), context);
      if (message.kind !== "request" || message.key !== hashOf(file)) return;
      const { attempt } = message;
      const body = { kind: "leaves", epoch, attempt, sender: key.address, file: encodeLeafFile(file) } as const;
      void bus.publish(oracleTopic(chainId, key.address), signMessage(key, context, body));
    });
  }

  const setNow = async (): Promise<Address[]> =>
    (await parts.contracts.oracleRegistry.oracles()).map((address) => address.toLowerCase());
  const addressesOf = (of: readonly Wallet[]): Address[] => of.map(({ address }) => address.toLowerCase()).sort();

  it("disproves a wrong root, ejects its signers, and commits the epoch by those that are left", async function () {
    this.timeout(120_000);
    const { epochLedger } = parts.contracts;
    const epoch = (await nextEpoch()) - 1n;
    const wrong = fileOf(epoch, treeOf(first).root, 255n + 255n * (epoch - first.epoch) + 1n);
    const corrupt = wallets.slice(HONEST);
    await serve(corrupt[0] as Wallet, wrong);
    await commit(corrupt, wrong);
    await until("the root is disproved", async () => (await setNow()).length === HONEST, 4);
    expect(await setNow()).to.deep.equal(addressesOf(wallets.slice(0, HONEST)));
    const [event] = await epochLedger.queryFilter(epochLedger.filters.EpochDisproved());
    expect([event?.args.epoch, event?.args.root]).to.deep.equal([epoch, treeOf(wrong).root]);
    expect(addressesOf(wallets.slice(0, HONEST))).to.include(event?.args.by.toLowerCase());
    await until("the epoch is committed again", async () => (await epochLedger.latest()).epoch === epoch);
    const right = fileOf(epoch, treeOf(first).root, 510n);
    expect((await epochLedger.latest()).root).to.equal(treeOf(right).root);
    const [, , again] = await epochLedger.queryFilter(epochLedger.filters.EpochCommitted());
    const { epoch: number, dataHash: hash, signers } = again!.args;
    expect([number, hash, signers]).to.deep.equal([epoch, hashOf(right), 0b111n]);
    for (const oracle of honest) {
      await until(
        "it builds on the new root",
        async () => (await oracle.archive.get(epoch))?.meta.root === again?.args.root,
      );
    }
    await until("it is active", async () => (await epochLedger.rootOf(epoch)) === treeOf(right).root);
  });

  it("answers a challenge", async function () {
    this.timeout(60_000);
    const [wallet] = wallets as [Wallet];
    const { oracleRegistry } = parts.contracts;
    await (await oracleRegistry.challenge(wallet.address)).wait();
    expect((await oracleRegistry.challengeOf(wallet.address)).deadline).to.not.equal(0n);
    await until("it has answered", async () => (await oracleRegistry.challengeOf(wallet.address)).deadline === 0n);
    const answers = await oracleRegistry.queryFilter(oracleRegistry.filters.OracleAnswered(wallet.address));
    expect(answers).to.have.length(1);
    expect(await setNow()).to.have.length(SIZE);
  });

  it("is rid of the dead, and decides without them what waited for them", async function () {
    this.timeout(120_000);
    const { oracleRegistry, epochLedger } = parts.contracts;
    const epoch = (await nextEpoch()) - 1n;
    const dead = wallets.slice(HONEST);
    for (const { address } of dead) await (await oracleRegistry.challenge(address)).wait();
    await rpc("evm_increaseTime", TIMES.answerWindow + 1);
    await rpc("evm_mine");
    for (const { address } of dead) await (await oracleRegistry.removeSilent(address)).wait();
    expect(await setNow()).to.deep.equal(addressesOf(wallets.slice(0, HONEST)));
    await until("the epoch is committed", async () => (await epochLedger.latest()).epoch >= epoch, 30);
    const [, event] = await epochLedger.queryFilter(epochLedger.filters.EpochCommitted());
    expect([event?.args.epoch, event?.args.signers]).to.deep.equal([epoch, 0b111n]);
  });
});
