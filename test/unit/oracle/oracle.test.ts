import { expect } from "chai";
import { ChainFollower } from "../../../keepers/chain/chainFollower.js";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { createOracle, type Oracle } from "../../../keepers/oracle/oracle.js";
import { DeedKind } from "../../../keepers/protocol/deedId.js";
import { EpochClock } from "../../../keepers/protocol/epochClock.js";
import { decodeMessage, type OracleMessage, oracleTopic } from "../../../keepers/protocol/oracleMessages.js";
import { MemoryHub } from "../../../keepers/transport/memoryBus.js";
import { FakeChain } from "../chain/fakeChain.js";
import { oracleKeys } from "../consensus/world.js";

const GENESIS = 1_000;
const EPOCH_SECONDS = 60;
const CONTEXT = { chainId: 31337n, ledger: `0x${"1e".repeat(20)}` };
const NODE_REGISTRY = `0x${"2e".repeat(20)}`;
const ORACLE_REGISTRY = `0x${"3e".repeat(20)}`;
const KEYS = oracleKeys(4);
const [KEY] = KEYS as [(typeof KEYS)[number]];

/** One whole oracle of a set of four, the others silent; chain, network, clock and disk belong to the test. */
class World {
  readonly clock = new VirtualClock(GENESIS * 1_000);
  readonly disk = new MemoryDisk();
  readonly chain = new FakeChain();
  readonly hub = new MemoryHub({ maximumPayloadBytes: 100_000, outgoingLimit: 100 }, { clock: this.clock });
  readonly said: OracleMessage[] = [];
  readonly log = memoryLogger(this.clock);
  oracle!: Oracle;

  async start(): Promise<void> {
    const { clock, disk, hub, chain } = this;
    const parts = { clock, logger: this.log.logger, random: new SeededRandom("oracle") };
    const follower = new ChainFollower(
      { fromBlock: 0, window: 64, retainSeconds: 600, pollMs: 1_000, maximumBackoffMs: 5_000 },
      { ...parts, reader: chain },
    );
    this.oracle = createOracle(
      {
        ...CONTEXT,
        ...{ nodeRegistry: NODE_REGISTRY, oracleRegistry: ORACLE_REGISTRY, dataDir: "/oracle", activationDelay: 5 },
        epochClock: new EpochClock({ genesis: GENESIS, duration: EPOCH_SECONDS, slotSeconds: 20 }),
        startEpochs: { [DeedKind.NODE]: 0n, [DeedKind.MASTER]: 0n, [DeedKind.GENESIS]: 0n },
        api: { host: "127.0.0.1", port: 0, trustProxy: false },
        ...{ brokerUrl: "mqtt://127.0.0.1:1883", oracleUrls: [], heartbeatIntervalMs: 1_000, freshBlocks: 64 },
        ...{ maximumNodes: 10, roundMs: 1_000, sealingMs: 1_000, stageMs: 1_000 },
      },
      { ...parts, disk, follower, key: KEY, bus: hub.connect("oracle"), sender: NO_SENDER },
    );
    const progress = { started: false };
    const starting = this.oracle.start().then(() => {
      progress.started = true;
    });
    // The API listens on a real port, which takes turns of the real event loop.
    while (!progress.started) {
      await this.clock.advance(100);
      await new Promise(setImmediate);
    }
    await starting;
  }

  async listen(): Promise<void> {
    const topic = oracleTopic(CONTEXT.chainId, KEY.address);
    await this.hub.connect("listener").subscribe(topic, (_topic, payload) => {
      this.said.push(decodeMessage(payload.slice(), CONTEXT).message);
    });
  }

  /** With a block every two seconds. */
  async runTo(second: number): Promise<void> {
    while (this.clock.now() < (GENESIS + second) * 1_000) {
      if (this.chain.tip.timestamp <= this.clock.now() / 1_000) this.chain.mine();
      await this.clock.advance(1_000);
    }
  }

  async health(): Promise<string[]> {
    const response = await fetch(`${this.oracle.apiUrl}/health`);
    const { problems } = (await response.json()) as { problems: string[] };
    return problems.filter((problem) => problem.includes("log"));
  }

  async metric(name: string): Promise<string | undefined> {
    const text = await (await fetch(`${this.oracle.apiUrl}/metrics`)).text();
    return text.split("\n").find((line) => line.startsWith(`${name} `));
  }
}

const NO_SENDER = {
  commit: () => Promise.reject(new Error("nothing to commit")),
  disprove: () => Promise.reject(new Error("nothing to disprove")),
  answer: () => Promise.reject(new Error("nothing to answer")),
};

describe("an oracle whose disk fails", () => {
  let world: World;

  beforeEach(async () => {
    world = new World();
    world.chain.mine(KEYS.map(({ address }) => ({ type: "OracleAdded", oracle: address, owner: address })));
    await world.listen();
    await world.start();
  });

  afterEach(async () => {
    await world.oracle.close();
  });

  const votes = () => world.said.filter(({ kind }) => kind === "prevote" || kind === "precommit");

  async function expectHalted(): Promise<void> {
    expect(votes()).to.deep.equal([]);
    expect(world.oracle.status.phase).to.equal("halted");
    expect(await world.health()).to.deep.equal([
      "the voting log cannot be written, or nothing be signed: this oracle does not vote",
    ]);
    expect(await world.metric("r1_log_halted")).to.equal("r1_log_halted 1");
    expect(world.log.entries.filter(({ level }) => level === "error").map(({ msg }) => msg)).to.include(
      "the voting log cannot be written, or nothing be signed: this oracle does not vote until it can",
    );
  }

  async function expectVoting(): Promise<void> {
    expect(votes()).to.not.be.empty;
    expect(world.oracle.status.phase).to.equal("prevote");
    expect(await world.health()).to.deep.equal([]);
    expect(await world.metric("r1_log_halted")).to.equal("r1_log_halted 0");
  }

  function failWrites(operation: "write" | "sync", code: string): void {
    world.disk.fault = ({ kind, path }) => (kind === operation && path.endsWith("votes.log") ? { code } : undefined);
  }

  it("votes while the disk is well", async () => {
    await world.runTo(EPOCH_SECONDS + 10);
    await expectVoting();
  });

  for (const code of ["ENOSPC", "EIO"]) {
    it(`says nothing while its log cannot be written (${code}), tells everybody who asks, and goes on`, async () => {
      failWrites("write", code);
      await world.runTo(EPOCH_SECONDS + 10);
      await expectHalted();
      await world.runTo(EPOCH_SECONDS + 40);
      await expectHalted();
      world.disk.fault = () => undefined;
      await world.runTo(EPOCH_SECONDS + 50);
      await expectVoting();
    });
  }

  it("stays silent after a failed sync, for nobody knows what the disk holds, until it is started again", async () => {
    failWrites("sync", "EIO");
    await world.runTo(EPOCH_SECONDS + 10);
    world.disk.fault = () => undefined;
    await world.runTo(EPOCH_SECONDS + 40);
    await expectHalted();
    await world.oracle.close();
    await world.start();
    await world.runTo(EPOCH_SECONDS + 55);
    await expectVoting();
    expect(new Set(votes().map((vote) => "valueId" in vote && vote.valueId)).size).to.equal(1);
  });
});
