import { CommitLog } from "../../../../keepers/chain/commitLog.js";
import { type Commit, emptyState, type ProtocolState } from "../../../../keepers/chain/protocolState.js";
import { SystemClock } from "../../../../keepers/core/clock.js";
import { MemoryDisk } from "../../../../keepers/core/memoryDisk.js";
import { memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../../keepers/core/random.js";
import { EpochReader } from "../../../../keepers/oracle/api/epochReader.js";
import { ApiServer, type ApiServerDependencies } from "../../../../keepers/oracle/api/server.js";
import type { LeafArchive } from "../../../../keepers/oracle/api/views.js";
import { Challenges } from "../../../../keepers/oracle/dauth/challenges.js";
import { Sessions } from "../../../../keepers/oracle/dauth/sessions.js";
import type { Beat } from "../../../../keepers/oracle/ingest/verdict.js";
import { LinkIndex } from "../../../../keepers/oracle/ingest/linkIndex.js";
import { TokenBuckets } from "../../../../keepers/oracle/tokenBuckets.js";
import { DeedKind, deedId } from "../../../../keepers/protocol/deedId.js";
import { EpochClock } from "../../../../keepers/protocol/epochClock.js";
import { type Credit, dataHash, encodeLeafFile, nextLeafFile, treeOf } from "../../../../keepers/protocol/leafFile.js";
import { MemoryEpochStore } from "../../../../keepers/storage/memoryEpochStore.js";
import { MemorySlotStore } from "../../../../keepers/storage/memorySlotStore.js";
import { domain, FakeChain, keyOf } from "../dauth/network.js";

export const ledger = "0x00000000000000000000000000000000000000cc";
const zeroHash = `0x${"00".repeat(32)}`;
const txHash = `0x${"77".repeat(32)}`;

export const nd = (token: number): bigint => deedId(DeedKind.NODE, BigInt(token));
export const mnd = (token: number): bigint => deedId(DeedKind.MASTER, BigInt(token));

/** Genesis so that epoch 100 of a day runs now, and does not end soon; the tests read no other time. */
const systemClock = new SystemClock();
const genesis = Math.floor(systemClock.now() / 1_000) - 100 * 86_400 - 43_200;

export const ACTIVATION_DELAY = 3_600;

/** On the chain of a `World`: a day's epoch is committed in its last second. */
export const committedAt = (epoch: bigint): number => (Number(epoch) + 1) * 86_400;

export interface WorldOptions {
  readonly burst?: number;
  readonly cachedEpochs?: number;
  readonly waitingReads?: number;
}

/** An API over epochs that a test commits, with everything else in memory. */
export class World {
  readonly chain = new FakeChain();
  readonly archive = new MemoryEpochStore();
  readonly disk = new MemoryDisk();
  readonly links = new LinkIndex();
  readonly slots = new MemorySlotStore({ slotsPerEpoch: 4_320, maximumNodes: 10 });
  readonly heard = new Map<string, Beat>();
  readonly log = memoryLogger(systemClock);
  readonly problems: string[] = [];
  readonly status: object = { epoch: 7n, phase: "propose", round: 1, lag: 0, nested: { wide: 2n ** 64n } };
  /** Reads of the archive, by epoch. */
  readonly reads: bigint[] = [];
  readonly epochs: EpochReader;
  /** A reader as after a restart. */
  readonly reader: () => EpochReader;
  /** Of the chain's newest block, Unix seconds; late enough for all that was committed to be active. */
  chainTime = committedAt(1_000n);
  readonly #options: WorldOptions;
  #state: ProtocolState = emptyState;
  #entries: Parameters<typeof nextLeafFile>[1] = [];
  #server: ApiServer | undefined;
  url = "";

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    const archive: LeafArchive = {
      get: (epoch) => {
        this.reads.push(epoch);
        return this.archive.get(epoch);
      },
    };
    const state = (): ProtocolState => this.#state;
    const block = { number: 1, hash: zeroHash, parentHash: zeroHash };
    const now = (): number => this.chainTime;
    const follower = {
      get view() {
        return { block: { ...block, timestamp: now() }, state: state() };
      },
    };
    const { cachedEpochs = 2, waitingReads = 100 } = options;
    const commits = new CommitLog({ activationDelay: ACTIVATION_DELAY }, { follower });
    this.reader = () =>
      new EpochReader(
        { directory: "/epochs", cachedEpochs, waitingReads },
        { commits, archive, disk: this.disk, clock: systemClock },
      );
    this.epochs = this.reader();
  }

  /** What the server is made of. */
  get dependencies(): ApiServerDependencies {
    const { chain, log, epochs, links: nodes, slots, heard, problems, status } = this;
    const clock = systemClock;
    const challenges = new Challenges({ lifetimeSeconds: 60, capacity: 10 }, { clock, random: new SeededRandom(1) });
    const epoch = { genesis, duration: 86_400, slotSeconds: 20 };
    const terms = {
      ...{ brokerUrl: "mqtt://127.0.0.1:1883", epoch, oracles: [] },
      heartbeat: { intervalMs: 10_000, freshBlocks: 64 },
    };
    const sessions = new Sessions(
      { domain, credentialSeconds: 600, terms },
      { challenges, standing: chain, key: keyOf(10), clock, logger: log.logger },
    );
    return {
      ...{ epochs, nodes, slots, sessions, clock, logger: log.logger },
      heard: { lastOf: (node) => heard.get(node) },
      epochClock: new EpochClock(epoch),
      monitor: { status: () => status, problems: () => problems },
      buckets: new TokenBuckets({ burst: this.#options.burst ?? 1_000, perSecond: 0, capacity: 10 }, { clock }),
    };
  }

  async start(): Promise<void> {
    const options = { host: "127.0.0.1", port: 0, trustProxy: false };
    this.#server = await ApiServer.create(options, this.dependencies);
    this.url = await this.#server.listen();
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  /** Commits an epoch that credits these deeds; with `kept` false its leaf file is not here. */
  async commit(epoch: bigint, credits: readonly Credit[], kept = true): Promise<Commit> {
    const previous = this.#state.lastCommit;
    const previousRoot = previous?.root ?? zeroHash;
    const file = nextLeafFile({ chainId: domain.chainId, ledger, epoch, previousRoot }, this.#entries, credits);
    this.#entries = file.entries;
    const bytes = encodeLeafFile(file);
    const { root } = treeOf(file);
    const hashes = { previousRoot, root, dataHash: dataHash(bytes), transactionHash: txHash };
    const signers = [keyOf(10).address, keyOf(11).address].sort();
    const leafCount = BigInt(file.entries.length);
    const commit = { epoch, ...hashes, leafCount, signers, committedAt: committedAt(epoch), previous };
    this.#state = { ...this.#state, lastCommit: commit };
    if (kept) await this.archive.put(epoch, bytes, { dataHash: hashes.dataHash });
    return commit;
  }

  /** The chain goes back to an earlier commit. */
  rewind(commit: Commit): void {
    this.#state = { ...this.#state, lastCommit: commit };
  }

  get(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.url}${path}`, init);
  }

  /** Status and JSON of an answer. */
  async json(path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
    const headers = { "content-type": "application/json" };
    const init = body === undefined ? {} : { method: "POST", headers, body: JSON.stringify(body) };
    const response = await this.get(path, init);
    return { status: response.status, body: await response.json() };
  }

  /** Status and code of a failure. */
  async failure(path: string, body?: unknown): Promise<[number, string]> {
    const answer = await this.json(path, body);
    return [answer.status, (answer.body as { code: string }).code];
  }
}
