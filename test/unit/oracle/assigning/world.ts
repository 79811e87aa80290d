import { ChainFollower } from "../../../../keepers/chain/chainFollower.js";
import type { EventBody } from "../../../../keepers/chain/chainEvent.js";
import { linksAt } from "../../../../keepers/chain/selectors.js";
import type { JobState } from "../../../../keepers/chain/jobState.js";
import { KeeperError } from "../../../../keepers/core/errors.js";
import { memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../../keepers/core/random.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { AdvertBook, defaultAdvertBookOptions } from "../../../../keepers/oracle/assigning/advertBook.js";
import { Assigner } from "../../../../keepers/oracle/assigning/assigner.js";
import { type LastWord, SeatHealth } from "../../../../keepers/oracle/assigning/health.js";
import type { ServiceRecord } from "../../../../keepers/oracle/assigning/reputation.js";
import { SpecBook } from "../../../../keepers/oracle/assigning/specBook.js";
import { TokenBuckets } from "../../../../keepers/oracle/tokenBuckets.js";
import { advertisementTopic, signAdvertisement } from "../../../../keepers/protocol/advertisement.js";
import { type Assignment, assignmentDigest } from "../../../../keepers/protocol/assignment.js";
import type { Hash } from "../../../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../../../keepers/protocol/deedId.js";
import { EpochClock } from "../../../../keepers/protocol/epochClock.js";
import { ContainerState } from "../../../../keepers/protocol/heartbeat.js";
import {
  encodeJobSpec,
  hashJobSpec,
  type JobSpec,
  type JobSpecInput,
  parseJobSpec,
} from "../../../../keepers/protocol/jobSpec.js";
import { quorum } from "../../../../keepers/protocol/quorum.js";
import { PublicKeyCache, recoverCompact, SigningKey } from "../../../../keepers/protocol/signing.js";
import { type MemoryBus, MemoryHub } from "../../../../keepers/transport/memoryBus.js";
import { address, FakeChain } from "../../chain/fakeChain.js";

export const CHAIN_ID = 31_337n;
export const ESCROW = address(0xe5c);
export const REGISTRY = address(0x4e9);
export const EVERY_BLOCKS = 5;
export const SILENT_MS = 60_000;
export const START_MS = 120_000;
const BLOCK_MS = 2_000;
const MICRO = { milliCpu: 250, memoryMiB: 512, diskMiB: 2_048 };

const keyOf = (number: number): SigningKey => new SigningKey(`0x${number.toString(16).padStart(64, "0")}`);

/** A specification with these wishes. */
export function specWith(placement: JobSpecInput["placement"] = {}, name = "app"): JobSpec {
  const container = { name: "main", image: "app:1", milliCpu: 100, memoryMiB: 64 };
  return parseJobSpec({ version: 1, name, containers: [container], placement });
}

/** A node: it tells what it offers every half minute, and runs what it is assigned, unless told otherwise. */
export class NodeActor {
  readonly key: SigningKey;
  readonly deed: bigint;
  isUp = true;
  runsJobs = true;
  country = "RO";
  milliCpu = 4_000;
  readonly #bus: MemoryBus;
  readonly #clock: VirtualClock;

  constructor(
    readonly tokenId: number,
    kind: DeedKind,
    dependencies: { readonly hub: MemoryHub; readonly clock: VirtualClock },
  ) {
    this.key = keyOf(1_000 * kind + tokenId);
    this.deed = deedId(kind, BigInt(tokenId));
    this.#clock = dependencies.clock;
    this.#bus = dependencies.hub.connect(`node ${this.key.address}`);
    this.#tell();
  }

  #tell(): void {
    this.#clock.schedule(30_000, () => this.#tell());
    if (!this.isUp) return;
    const message = signAdvertisement(
      {
        ...{ chainId: CHAIN_ID, nodeRegistry: REGISTRY, node: this.key.address, time: BigInt(this.#clock.now()) },
        capacity: { milliCpu: this.milliCpu, memoryMiB: 8_192, diskMiB: 65_536, gpus: 0 },
        ...{ load: 0, country: this.country, tags: [], gateway: "" },
      },
      this.key,
    );
    void this.#bus.publish(advertisementTopic(CHAIN_ID, this.key.address), message);
  }
}

/** An oracle's assigner with its own view of the chain, its own ears and its own connection. */
export class OracleActor {
  readonly bus: MemoryBus;
  readonly follower: ChainFollower;
  readonly adverts: AdvertBook;
  readonly assigner: Assigner;
  readonly health: SeatHealth;

  constructor(
    readonly key: SigningKey,
    world: AssigningWorld,
  ) {
    const { clock, hub, chain, epochClock } = world;
    const { logger } = world.log;
    const random = new SeededRandom(Number(BigInt(key.address) % 1_000n));
    this.bus = hub.connect(key.address);
    this.follower = new ChainFollower(
      { fromBlock: 0, window: 64, retainSeconds: 100_000, pollMs: 250, maximumBackoffMs: 1_000 },
      { reader: chain, clock, random, logger },
    );
    const links = {
      linkOfNode: (node: string) =>
        linksAt(this.follower.view.state, this.follower.view.block.timestamp).find((link) => link.node === node),
    };
    this.adverts = new AdvertBook(
      { ...defaultAdvertBookOptions, chainId: CHAIN_ID, nodeRegistry: REGISTRY },
      {
        ...{ links, clock, publicKeys: new PublicKeyCache() },
        buckets: new TokenBuckets({ burst: 8, perSecond: 1, capacity: 100 }, { clock }),
      },
    );
    this.health = new SeatHealth(
      { startMs: START_MS, silentMs: SILENT_MS, recoverMs: 30_000 },
      { services: { lastOf: (assignment) => world.lastWordOf(assignment) }, bus: this.bus, clock },
    );
    this.assigner = new Assigner(
      {
        ...{ chainId: CHAIN_ID, escrow: ESCROW, key, epochClock, everyBlocks: EVERY_BLOCKS },
        ...{ lifetimeSeconds: 120, stageMs: 5_000, most: 64, settledSeconds: 60 },
      },
      {
        ...{ bus: this.bus, follower: this.follower, adverts: this.adverts, health: this.health, clock, logger },
        specs: new SpecBook(
          { patience: 3, timeoutMs: 1_000 },
          { fetchSpec: (hash) => Promise.resolve(world.specs.get(hash)), clock, logger },
        ),
        records: { of: ({ epoch }) => Promise.resolve(world.records.get(epoch)) },
        sender: { assign: (assignment, signatures) => world.assign(key, assignment, signatures) },
      },
    );
  }

  async start(): Promise<void> {
    await this.follower.start();
    await this.bus.subscribe(advertisementTopic(CHAIN_ID, "+"), this.adverts.receive);
    await this.assigner.start();
  }

  async close(): Promise<void> {
    await this.assigner.close();
    this.health.close();
    await this.follower.close();
    await this.bus.close();
  }
}

/** A chain whose escrow takes what a quorum signed, as the contract does; nodes; oracles. */
export class AssigningWorld {
  readonly chain = new FakeChain();
  readonly clock = new VirtualClock(this.chain.tip.timestamp * 1_000);
  readonly log = memoryLogger(this.clock);
  readonly hub = new MemoryHub(
    { outgoingLimit: 1_000, maximumPayloadBytes: 10_000, network: () => [20] },
    { clock: this.clock },
  );
  readonly epochClock = new EpochClock({ genesis: 0, duration: 3_600, slotSeconds: 20 });
  readonly specs = new Map<Hash, Uint8Array>();
  readonly oracles: OracleActor[] = [];
  readonly nodes: NodeActor[] = [];
  readonly transactions: { readonly oracle: string; readonly assignment: Assignment; readonly at: number }[] = [];
  readonly refusals: string[] = [];
  /** What leaf files say, by epoch. */
  readonly records = new Map<bigint, ServiceRecord>();
  /** Makes the escrow refuse everything. */
  refusesAll = false;
  /** Oracles whose transactions never arrive. */
  readonly cannotSend = new Set<string>();
  readonly #waiting: EventBody[] = [];
  readonly #mempool: (() => void)[] = [];
  readonly #words = new Map<Hash, LastWord>();

  constructor({ oracles, nodes }: { readonly oracles: number; readonly nodes: number }) {
    const keys = Array.from({ length: oracles }, (_, index) => keyOf(index + 1));
    this.happen(
      { type: "ClassSet", classId: 1, name: "MICRO", price: 1n, isGpu: false, isOffered: true, ...MICRO },
      ...keys.map(({ address: oracle }): EventBody => ({ type: "OracleAdded", oracle, owner: oracle })),
    );
    for (let tokenId = 1; tokenId <= nodes; tokenId++) this.addNode(tokenId);
    this.#mine();
    this.oracles.push(...keys.map((key) => new OracleActor(key, this)));
  }

  async start(silent = 0): Promise<void> {
    this.#run();
    await Promise.all(this.oracles.slice(silent).map((oracle) => oracle.start()));
    // As long as it takes until what nodes said counts.
    await this.seconds(60);
  }

  addNode(tokenId: number, kind: DeedKind = DeedKind.NODE): NodeActor {
    const node = new NodeActor(tokenId, kind, this);
    const owner = address(0x100_000 + 1_000 * kind + tokenId);
    this.nodes.push(node);
    this.happen(
      { type: "OperatorApproved", operator: owner, until: 2 ** 40, verification: 1 },
      { type: "NodeAssociated", deed: node.deed, node: node.key.address, owner, epoch: 0n },
    );
    return node;
  }

  node(tokenId: number): NodeActor {
    const found = this.nodes.find(
      (node) => node.tokenId === tokenId && node.deed === deedId(DeedKind.NODE, BigInt(tokenId)),
    );
    if (found === undefined) throw new Error(`there is no node ${tokenId}`);
    return found;
  }

  /** In the next block. */
  happen(...bodies: EventBody[]): void {
    this.#waiting.push(...bodies);
  }

  createJob(jobId: bigint, { nodes = 1, epochs = 30, spec = specWith(), isPublic = true } = {}): void {
    const specHash = hashJobSpec(spec);
    if (isPublic) this.specs.set(specHash, encodeJobSpec(spec));
    const terms = { classId: 1, gpu: 0, nodes, epochs, rate: 1n, deposit: BigInt(nodes * epochs) };
    this.happen({ type: "JobCreated", jobId, owner: address(0xd0), specHash, ...terms });
  }

  job(jobId: bigint): JobState {
    const job = this.chain.stateAt(this.chain.tip.number).jobs.get(jobId);
    if (job === undefined) throw new Error(`there is no job ${jobId}`);
    return job;
  }

  /** Deeds that serve a job now, ascending. */
  servers(jobId: bigint): number[] {
    const { seats = [] } = this.chain.stateAt(this.chain.tip.number).jobs.get(jobId) ?? {};
    const taken = seats.filter(({ to }) => to === undefined);
    return taken.map(({ tokenId }) => tokenId).sort((a, b) => a - b);
  }

  async seconds(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1_000);
  }

  /** Virtual seconds until it holds. */
  async until(holds: () => boolean, limitSeconds: number): Promise<number> {
    const start = this.clock.now();
    if (!(await this.clock.advanceUntil(holds, limitSeconds * 1_000))) {
      throw new Error(`it does not hold after ${limitSeconds} s`);
    }
    return (this.clock.now() - start) / 1_000;
  }

  /** What the nodes said of the assignment, as everybody heard it. */
  lastWordOf(assignment: Hash): LastWord | undefined {
    return this.#words.get(assignment);
  }

  /** A transaction, which the next block takes or refuses. */
  assign({ address: oracle }: SigningKey, assignment: Assignment, signatures: readonly Uint8Array[]): Promise<void> {
    if (this.cannotSend.has(oracle)) {
      return Promise.reject(new KeeperError("TRANSACTION_STUCK", "stuck", { retriable: true }));
    }
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#mempool.push(() => {
      const refusal = this.#refusalOf(assignment, signatures);
      if (refusal !== undefined) {
        this.refusals.push(refusal);
        return reject(new KeeperError("CONTRACT_REVERTED", refusal));
      }
      this.transactions.push({ oracle, assignment, at: this.clock.now() });
      const { jobId, sequence, leaving, joining } = assignment;
      const from = this.epochClock.epochAt(this.clock.now() / 1_000) + 1n;
      this.happen({ type: "NodesAssigned", jobId, sequence, leaving, joining, from });
      resolve(undefined);
    });
    return promise;
  }

  async close(): Promise<void> {
    await Promise.all(this.oracles.map((oracle) => oracle.close()));
  }

  #refusalOf(assignment: Assignment, signatures: readonly Uint8Array[]): string | undefined {
    if (this.refusesAll) return `${assignment.jobId} ${assignment.deadline}`;
    const state = this.chain.stateAt(this.chain.tip.number);
    const job = state.jobs.get(assignment.jobId);
    const digest = assignmentDigest({ chainId: CHAIN_ID, verifyingContract: ESCROW }, assignment);
    const signers = signatures.map((signature) => recoverCompact(digest, signature) ?? "nobody");
    const oracles = state.oracles.map((oracle) => oracle.address);
    const isAscending = signers.every((signer, index) => index === 0 || signer > (signers[index - 1] as string));
    if (!isAscending || !signers.every((signer) => oracles.includes(signer))) return "signers";
    if (signers.length < quorum(oracles.length)) return "quorum";
    const isTaken = this.#waiting.some((event) => event.type === "NodesAssigned" && event.jobId === assignment.jobId);
    if (job?.sequence !== assignment.sequence || isTaken) return "sequence";
    const serving = new Set(linksAt(state, this.chain.tip.timestamp).map(({ deed }) => deed));
    if (!assignment.joining.every((id) => serving.has(deedId(DeedKind.NODE, BigInt(id))))) return "not serving";
    const active = job.seats.filter(({ to }) => to === undefined).map(({ tokenId }) => tokenId);
    if (!assignment.leaving.every((id) => active.includes(id))) return "not assigned";
    if (assignment.joining.some((id) => active.includes(id))) return "already assigned";
    return active.length - assignment.leaving.length + assignment.joining.length > job.nodes ? "no place" : undefined;
  }

  #mine(): void {
    for (const transaction of this.#mempool.splice(0)) transaction();
    this.chain.mine(this.#waiting.splice(0));
  }

  /** A block every two seconds. */
  #run(): void {
    this.clock.schedule(BLOCK_MS, () => {
      this.#mine();
      this.#listen();
      this.#run();
    });
  }

  #listen(): void {
    const heardAt = this.clock.now();
    for (const { seats } of this.chain.stateAt(this.chain.tip.number).jobs.values()) {
      for (const { tokenId, assignment } of seats) {
        const { isUp, runsJobs } = this.node(tokenId);
        const runningAt = runsJobs ? heardAt : this.#words.get(assignment)?.runningAt;
        const state = runsJobs ? ContainerState.RUNNING : ContainerState.UNHEALTHY;
        if (isUp) this.#words.set(assignment, { state, heardAt, runningAt });
      }
    }
  }
}
