import { z } from "zod";

import { ChainFollower } from "../keepers/chain/chainFollower.js";
import { describeError } from "../keepers/core/errors.js";
import { type DiskOperation, type Fault, MemoryDisk } from "../keepers/core/memoryDisk.js";
import { type SeededRandom } from "../keepers/core/random.js";
import { FollowedEpochChain } from "../keepers/oracle/epoch/epochChain.js";
import { Inbox } from "../keepers/oracle/epoch/inbox.js";
import { Outbox } from "../keepers/oracle/epoch/outbox.js";
import { EpochRunner } from "../keepers/oracle/epoch/runner.js";
import type { CommitSender, DecidedEpoch, EpochEvent, Observer } from "../keepers/oracle/epoch/types.js";
import { VotedFiles } from "../keepers/oracle/epoch/votedFiles.js";
import { VotingLog } from "../keepers/oracle/epoch/votingLog.js";
import type { Hash } from "../keepers/protocol/bytes.js";
import { ZERO_HASH } from "../keepers/protocol/oracleValue.js";
import { EpochClock } from "../keepers/protocol/epochClock.js";
import type { SigningKey } from "../keepers/protocol/signing.js";
import type { EpochStore } from "../keepers/storage/epochStore.js";
import { FileEpochStore } from "../keepers/storage/fileEpochStore.js";
import { FileJournal } from "../keepers/storage/fileJournal.js";
import type { ChainReader } from "../keepers/chain/chainReader.js";
import type { MessageBus } from "../keepers/transport/messageBus.js";
import { CONTEXT, DOMAIN, START_EPOCHS } from "./context.js";
import { busOf, clockOf, diskOf, Incarnation, readerOf, senderOf } from "./incarnation.js";
import { ACTIVATION_DELAY } from "./ledger.js";
import { EPOCH_SECONDS, GENESIS, type OraclePlan } from "./plan.js";
import type { VirtualClock } from "../keepers/core/virtualClock.js";
import { loggerOf, type Trace } from "./trace.js";

const EPOCHS = new EpochClock({ genesis: GENESIS, duration: EPOCH_SECONDS, slotSeconds: 10 });
const TIMEOUTS = { sealing: 1_500, opening: 1_500, gather: 200, base: 800, step: 400, longest: 6_000, resend: 1_000 };
const RUNNER = { timeouts: TIMEOUTS, timeoutBounds: { least: 400, most: 3_000 }, stageMs: 3_000, retryMs: 2_000 };
const FOLLOWER = { fromBlock: 1, window: 32, retainSeconds: 100_000, pollMs: 1_500, maximumBackoffMs: 5_000 };
const MAXIMUM_RECORD_BYTES = 1_048_576;

const text = z.string();
const decidedEpoch = z.strictObject({
  dataHash: text,
  previousRoot: text,
  root: text,
  leafCount: text,
  reporters: z.array(text),
});

/** What outlives the oracle's process, and what it reaches. */
export interface OracleWorld {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly bus: MessageBus;
  readonly reader: ChainReader;
  readonly sender: CommitSender;
  readonly observer: Observer;
  readonly onEvent: (event: EpochEvent) => void;
  /** After `put`. */
  readonly onKept: (epoch: bigint, leafFile: Uint8Array, meta: DecidedEpoch) => void;
  /** The process died at its chosen place. */
  readonly onDeath: () => void;
}

/** How an attempt to close an oracle ended. */
export type Ending = "closed" | "died" | "stuck";

interface Parts {
  readonly follower: ChainFollower;
  readonly inbox: Inbox;
  readonly runner: EpochRunner;
  readonly log: VotingLog;
}

/** One oracle of the fleet: a disk and a key that stay, and processes that come and go. */
export class SimOracle {
  readonly name: string;
  readonly key: SigningKey;
  readonly plan: OraclePlan;
  readonly disk = new MemoryDisk();
  readonly #world: OracleWorld;
  #life: Incarnation | undefined;
  #parts: Parts | undefined;
  /** Of all its lives. */
  readonly #all: Parts[] = [];
  #kept: { readonly epoch: bigint; readonly root: Hash } | undefined;
  readonly #random: SeededRandom;
  #lives = 0;

  constructor(name: string, key: SigningKey, plan: OraclePlan, world: OracleWorld) {
    this.name = name;
    this.key = key;
    this.plan = plan;
    this.#world = world;
    this.#random = world.random;
    this.disk.fault = (operation) => this.#fault(operation);
  }

  get isRunning(): boolean {
    return this.#parts !== undefined && this.#life?.alive === true;
  }

  get runner(): EpochRunner | undefined {
    return this.isRunning ? this.#parts?.runner : undefined;
  }

  /** Its own view of the chain; undefined while it is down. */
  get follower(): ChainFollower | undefined {
    return this.isRunning ? this.#parts?.follower : undefined;
  }

  /** Places that its present life has passed, see Incarnation. */
  get places(): number {
    return this.#life?.places ?? 0;
  }

  /** Root of the last epoch that it keeps on disk; zero for none. */
  get root(): Hash {
    return this.#kept?.root ?? ZERO_HASH;
  }

  /** Begins a life, the first or the next. @param dieAt see Incarnation @param isSafe nothing dies any more */
  start(dieAt: number | undefined, isSafe: () => boolean): void {
    const life = new Incarnation({ dieAt, isSafe }, () => {
      this.#parts = undefined;
      this.#world.trace.add(this.name, `dies at place ${life.places}`);
      this.disk.crash(this.#random.fork());
      this.#world.onDeath();
    });
    this.#life = life;
    this.#lives += 1;
    this.#world.trace.add(this.name, `starts, life ${this.#lives}`);
    void life.pass(() => this.#run(life));
  }

  /** A power cut. */
  kill(): void {
    this.#life?.kill();
  }

  /** The run is over. */
  end(): void {
    this.#life?.end();
    // Signals that nobody aborts are never collected, and the whole fleet with them.
    for (const { follower, runner } of this.#all.splice(0)) for (const part of [runner, follower]) void part.close();
  }

  /** Closes in good order, for at most `ms`. */
  async stop(ms: number): Promise<Ending> {
    const parts = this.#parts;
    const life = this.#life;
    if (!parts || !life?.alive) return "died";
    this.#parts = undefined;
    this.#world.trace.add(this.name, "closes");
    const closed = closeAll(parts).then(() => true);
    const done = await Promise.race([closed, this.#world.clock.sleep(ms).then(() => false)]);
    // Who dies while it closes never ends closing; whoever watches it was told of its death.
    if (this.#hasDied(life)) return "died";
    life.end();
    this.#world.trace.add(this.name, done ? "is closed" : "does not close");
    return done ? "closed" : "stuck";
  }

  #hasDied(life: Incarnation): boolean {
    return !life.alive;
  }

  /** A process that cannot begin, for its disk fails, is started again by whoever watches it. */
  async #run(life: Incarnation): Promise<void> {
    try {
      await this.#open(life);
    } catch (error) {
      this.#world.trace.add(this.name, `cannot start: ${describeError(error)}`);
      life.kill();
    }
  }

  async #open(life: Incarnation): Promise<void> {
    const { key, plan } = this;
    const { trace } = this.#world;
    const clock = clockOf(this.#world.clock, life, plan.skew);
    const disk = diskOf(this.disk, life, () => this.#world.clock.sleep(this.#random.integer(plan.disk.syncMs + 1)));
    const bus = busOf(this.#world.bus, life);
    const logger = loggerOf(trace, this.name);
    const random = this.#random.fork();
    const log = await VotingLog.open(
      await FileJournal.open({ path: "/votes.log", maximumRecordBytes: MAXIMUM_RECORD_BYTES }, { disk }),
    );
    const archive = await this.#openArchive(disk, life);
    const follower = new ChainFollower(FOLLOWER, { reader: readerOf(this.#world.reader, life), clock, random, logger });
    await follower.start();
    const chain = new FollowedEpochChain({ epochClock: EPOCHS, activationDelay: ACTIVATION_DELAY }, { follower });
    const runner = new EpochRunner(
      { context: CONTEXT, domain: DOMAIN, key, firstEpoch: 0n, startEpochs: START_EPOCHS, ...RUNNER },
      {
        clock,
        random,
        chain,
        observer: this.#world.observer,
        sender: senderOf(this.#world.sender, life),
        outbox: new Outbox({ context: CONTEXT, key }, { bus, logger }),
        log,
        archive,
        voted: await VotedFiles.open({ directory: "/voted" }, { disk }),
        logger,
      },
      (event) => {
        life.enter(() => this.#world.onEvent(event));
      },
    );
    const inbox = new Inbox({ context: CONTEXT }, { bus, runner });
    this.#parts = { follower, inbox, runner, log };
    this.#all.push(this.#parts);
    await inbox.start();
    await runner.start();
  }

  /** A full disk takes a part of a write; a broken one may fail at any write or sync. */
  #fault({ kind }: DiskOperation): Fault | undefined {
    const { faults, failureRate } = this.plan.disk;
    const now = this.#world.clock.now() - GENESIS * 1000;
    const active = faults.find(({ from, to }) => now >= from && now < to);
    const hits = active && (kind === "write" || (kind === "sync" && active.code === "EIO"));
    if (!hits || this.#random.next() >= failureRate) return undefined;
    return { code: active.code, written: this.#random.integer(64) };
  }

  async #openArchive(disk: ReturnType<typeof diskOf>, life: Incarnation): Promise<EpochStore<DecidedEpoch>> {
    const store = await FileEpochStore.open<DecidedEpoch>({ directory: "/epochs", schema: decidedEpoch }, { disk });
    return {
      put: async (epoch, leafFile, meta) => {
        await store.put(epoch, leafFile, meta);
        this.#kept = { epoch, root: meta.root };
        life.enter(() => this.#world.onKept(epoch, leafFile, meta));
      },
      get: (epoch) => store.get(epoch),
      latest: () => store.latest(),
      list: () => store.list(),
    };
  }
}

async function closeAll({ follower, inbox, runner, log }: Parts): Promise<void> {
  await inbox.close();
  await runner.close();
  await follower.close();
  await log.close();
}
