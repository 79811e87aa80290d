import { join } from "node:path";
import type { Clock } from "../core/clock.js";
import type { Disk } from "../core/disk.js";
import { KeeperError } from "../core/errors.js";
import { Lifecycle } from "../core/lifecycle.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import type { BackoffOptions } from "../core/retry.js";
import { type BlockSource, BlockTracker } from "../heartbeat/blockTracker.js";
import { HeartbeatSender, type HeartbeatStatus, type Work } from "../heartbeat/heartbeatSender.js";
import { HeartbeatSequence } from "../heartbeat/heartbeatSequence.js";
import type { Address } from "../protocol/bytes.js";
import type { DeedId } from "../protocol/deedId.js";
import type { Signer } from "../protocol/signing.js";
import { AutomaticClaims, type ClaimOutcome, type ClaimPolicy, type ClaimsDependencies } from "./claims.js";
import type { SessionSource } from "./dauthClient.js";
import type { NodeSession, Refusal } from "./session.js";
import type { JobHost, NodeJobs } from "./jobs/nodeJobs.js";
import { type ConnectBus, SessionBus } from "./sessionBus.js";
import { SessionKeeper } from "./sessionKeeper.js";

export interface NodeOptions {
  readonly chainId: bigint;
  readonly nodeRegistry: Address;
  /** The deed's owner, when the node was told. */
  readonly operator?: Address | undefined;
  /** Folder of the node's few files; their names carry its address, so that nodes may share it. */
  readonly dataDir: string;
  /** Milliseconds; what the session says unless given. */
  readonly heartbeatIntervalMs?: number | undefined;
  readonly blockRefreshMs: number;
  readonly maximumBlockAgeMs: number;
  /** Waits between questions to the oracles while there is no session. */
  readonly backoff: BackoffOptions;
  /** Automatic claims; none unless given. */
  readonly claims?: ClaimPolicy | undefined;
}

export interface NodeModules {
  readonly key: Signer;
  readonly sessions: SessionSource;
  readonly blocks: BlockSource;
  readonly connectBus: ConnectBus;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Default: idle, no containers; with `jobs`, what they do. */
  readonly work?: (() => Work) | undefined;
  /** Paid jobs; without them the node is available and nothing else. Closed with the node. */
  readonly jobs?: Pick<NodeJobs, "start" | "work" | "close"> | undefined;
  /** Needed when the options ask for claims. */
  readonly claims?: Pick<ClaimsDependencies, "proofs" | "rewards" | "claimer"> | undefined;
}

export type NodeState = "starting" | "running" | "paused" | "refused" | "closed";

export interface NodeStatus {
  readonly node: Address;
  readonly state: NodeState;
  readonly deed: DeedId | undefined;
  readonly owner: Address | undefined;
  /** Why the node may not work, while it may not. */
  readonly refusal: Refusal | undefined;
  /** Unix seconds. */
  readonly sessionExpiresAt: number | undefined;
  readonly connected: boolean;
  /** Number of the newest block known. */
  readonly block: number | undefined;
  readonly blockStale: boolean;
  readonly heartbeat: HeartbeatStatus | undefined;
  readonly claims: ClaimOutcome | undefined;
  readonly counts: NodeCounts;
}

/** What happened since the start. */
export interface NodeCounts {
  readonly sessions: number;
  /** Milliseconds since 1970. */
  readonly sessionGrantedAt: number | undefined;
  /** Looks for rewards, by what they led to. */
  readonly claims: ReadonlyMap<ClaimOutcome["kind"], number>;
}

/** An edge node at work. */
export interface EdgeNode {
  /**
   * Resolves when the bus took the first heartbeat; waits for oracles, chain and broker as long as it takes. Rejects with
   * `NodeRefusedError` when the node has no valid deed, and closes everything.
   */
  start(): Promise<void>;
  readonly status: NodeStatus;
  /** Stops the heartbeats and nothing else. */
  pause(): void;
  resume(): void;
  /** Ends within seconds. Idempotent. */
  close(): Promise<void>;
}

const closeTimeoutMs = 1_500;
/** Containers that end with the node take their time. */
const jobsCloseTimeoutMs = 30_000;
const sequenceStep = 60_000n;
const looksPerEpoch = 4;
const shortestLookMs = 1_000;
const longestLookMs = 600_000;

/** Puts an edge node together. Throws `CLAIMS_MISSING` when claims are asked for without what they need. */
export function createNode(options: NodeOptions, modules: NodeModules): EdgeNode {
  if (options.claims !== undefined && modules.claims === undefined) {
    throw new KeeperError("CLAIMS_MISSING", "automatic claims need a source of proofs, rewards and a claimer");
  }
  return new ComposedNode(options, modules);
}

class ComposedNode implements EdgeNode {
  readonly #options: NodeOptions;
  readonly #modules: NodeModules;
  readonly #lifecycle: Lifecycle;
  readonly #keeper: SessionKeeper;
  readonly #bus: SessionBus;
  readonly #blocks: BlockTracker;
  #sender: HeartbeatSender | undefined;
  #claims: AutomaticClaims | undefined;
  #starting: Promise<void> | undefined;
  #started = false;
  #paused = false;

  constructor(options: NodeOptions, modules: NodeModules) {
    this.#options = options;
    this.#modules = modules;
    this.#lifecycle = new Lifecycle({ closeTimeoutMs }, modules);
    const { blockRefreshMs: refreshMs, maximumBlockAgeMs: maximumAgeMs, backoff, operator } = options;
    this.#blocks = new BlockTracker({ refreshMs, maximumAgeMs }, { ...modules, source: modules.blocks });
    const applicant = { node: modules.key.address, operator };
    this.#keeper = new SessionKeeper({ ...applicant, backoff }, { ...modules, source: modules.sessions });
    const credentials = (): ReturnType<SessionKeeper["credentials"]> => this.#keeper.credentials();
    this.#bus = new SessionBus({ ...modules, connect: (url) => modules.connectBus(url, credentials) });
  }

  get status(): NodeStatus {
    const { session, refusal } = this.#keeper;
    return {
      node: this.#modules.key.address,
      state: this.#state(),
      deed: session?.deed,
      owner: session?.owner,
      refusal,
      sessionExpiresAt: session?.expiresAt,
      connected: this.#bus.connected,
      block: this.#blocks.current?.number,
      blockStale: this.#blocks.stale,
      heartbeat: this.#sender?.status,
      claims: this.#claims?.last,
      counts: this.#counts(),
    };
  }

  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  pause(): void {
    this.#paused = true;
    this.#applyPause();
  }

  resume(): void {
    this.#paused = false;
    this.#applyPause();
  }

  async close(): Promise<void> {
    await this.#lifecycle.close();
  }

  #counts(): NodeCounts {
    const { count, lastAt } = this.#keeper.grants;
    return { sessions: count, sessionGrantedAt: lastAt, claims: this.#claims?.outcomes ?? new Map() };
  }

  #state(): NodeState {
    if (this.#lifecycle.signal.aborted) return "closed";
    if (this.#keeper.refusal !== undefined) return "refused";
    if (this.#paused) return "paused";
    return this.#started ? "running" : "starting";
  }

  async #start(): Promise<void> {
    try {
      await this.#compose();
      this.#started = true;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** What is registered first is closed last. */
  async #compose(): Promise<void> {
    this.#lifecycle.signal.throwIfAborted();
    const sequence = await this.#openSequence();
    this.#lifecycle.onClose("sequence", () => sequence.close());
    this.#lifecycle.onClose("blocks", () => this.#blocks.close());
    this.#lifecycle.onClose("session", () => this.#keeper.close());
    const [session] = await Promise.all([this.#keeper.open(), this.#blocks.start()]);
    this.#modules.logger.info("the node may work", { deed: session.deed, owner: session.owner });
    this.#lifecycle.onClose("bus", () => this.#bus.close());
    this.#bus.use(session.brokerUrl);
    this.#keeper.onVerdict(() => this.#follow());
    this.#startClaims(session);
    await this.#startJobs();
    await this.#startSender(session, sequence);
  }

  async #openSequence(): Promise<HeartbeatSequence> {
    await this.#modules.disk.makeDirectory(this.#options.dataDir);
    return HeartbeatSequence.open({ path: this.#path("heartbeat"), step: sequenceStep }, this.#modules);
  }

  async #startSender(session: NodeSession, sequence: HeartbeatSequence): Promise<void> {
    const { chainId, nodeRegistry, heartbeatIntervalMs: intervalMs = session.heartbeat.intervalMs } = this.#options;
    const { key, clock, random, logger, jobs } = this.#modules;
    const work = this.#modules.work ?? (jobs === undefined ? undefined : () => jobs.work());
    const optional = work === undefined ? {} : { work };
    const dependencies = { key, clock, random, logger, sequence, bus: this.#bus, blocks: this.#blocks, ...optional };
    const sender = new HeartbeatSender({ chainId, nodeRegistry, intervalMs }, dependencies);
    this.#sender = sender;
    this.#lifecycle.onClose("heartbeats", () => sender.close());
    this.#applyPause();
    await sender.start();
  }

  async #startJobs(): Promise<void> {
    const { jobs } = this.#modules;
    if (jobs === undefined) return;
    const host: JobHost = {
      standing: () => this.#standing(),
      hear: (filter, handler) => this.#bus.hear(filter, handler),
      bus: this.#bus,
    };
    this.#lifecycle.onClose("jobs", () => jobs.close(), jobsCloseTimeoutMs);
    await jobs.start(host);
  }

  /** By the chain's own time, where it is known: epochs are the chain's. */
  #standing(): ReturnType<JobHost["standing"]> {
    const { session } = this.#keeper;
    if (session === undefined) return undefined;
    const { genesis, duration } = session.epoch;
    const now = this.#blocks.current?.timestamp ?? this.#modules.clock.now() / 1_000;
    return { deed: session.deed, epoch: BigInt(Math.max(0, Math.floor((now - genesis) / duration))) };
  }

  #startClaims(session: NodeSession): void {
    const { claims: policy } = this.#options;
    const { claims: modules, disk, clock, logger } = this.#modules;
    if (policy === undefined || modules === undefined) return;
    const wanted = (session.epoch.duration * 1_000) / looksPerEpoch;
    const checkMs = Math.min(Math.max(wanted, shortestLookMs), longestLookMs);
    const deed = (): DeedId | undefined => this.#keeper.session?.deed;
    const claims = new AutomaticClaims(
      { ...policy, checkMs, path: this.#path("claims") },
      { ...modules, deed, disk, clock, logger },
    );
    this.#claims = claims;
    this.#lifecycle.onClose("claims", () => claims.close());
    claims.start();
  }

  /** A refused node is silent and off the bus; one that is granted a session again goes on. */
  #follow(): void {
    const { session } = this.#keeper;
    if (session === undefined) void this.#bus.leave();
    else this.#bus.use(session.brokerUrl);
    this.#applyPause();
  }

  #applyPause(): void {
    if (this.#paused || this.#keeper.refusal !== undefined) this.#sender?.pause();
    else this.#sender?.resume();
  }

  #path(name: string): string {
    return join(this.#options.dataDir, `${name}-${this.#modules.key.address}.json`);
  }
}
