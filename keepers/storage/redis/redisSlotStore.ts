import type { Redis } from "ioredis";
import type { Cancel, Clock } from "../../core/clock.js";
import { describeError, KeeperError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import type { BackoffOptions } from "../../core/retry.js";
import { SerialQueue } from "../../core/serial.js";
import type { Address } from "../../protocol/bytes.js";
import type { SlotStore, SlotStoreOptions } from "../slotStore.js";
import { callMark, markScript, type MarkTerms, type MarkVerdict, readVerdicts } from "./markScript.js";
import { RecentMarks } from "./recentMarks.js";
import { RedisConnection } from "./redisConnection.js";
import { SlotKeys, type SlotOwner } from "./slotKeys.js";
import { SlotMirror } from "./slotMirror.js";
import { type MarkBatch, WaitingMarks } from "./waitingMarks.js";

export interface RedisSlotStoreOptions extends SlotStoreOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  readonly owner: SlotOwner;
  /** Keeps stores of one owner apart; default "slots". */
  readonly section?: string | undefined;
  /** In so many slots before and after the one in which it arrives a heartbeat may have been counted already. */
  readonly replaySlots: number;
  /** How long a mark waits to be sent with others, milliseconds. */
  readonly flushMs: number;
  /** Time between two looks at what other processes marked, milliseconds. */
  readonly refreshMs: number;
  /** Marks that may wait while Redis is away, and for how long, milliseconds. */
  readonly waitingLimit: number;
  readonly waitingMs: number;
  /** Marks confirmed so shortly before a connection was lost are sent again: Redis may have lost them. Milliseconds. */
  readonly recentMs: number;
  /** For a connection, and for an answer. Milliseconds. */
  readonly timeoutMs: number;
  readonly backoff: BackoffOptions;
}

export interface RedisSlotStoreDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
}

/** Marks by what became of them; `lost`: waited too long. */
export type RedisMarkCounts = Readonly<Record<MarkVerdict | "lost", number>>;

const marksAtOnce = 200;
const batchesAtOnce = 32;
const queueLimit = 1_000;

/**
 * A SlotStore in Redis that several processes share. A script decides on each mark for all of them: a slot counts once, and
 * a heartbeat earns one slot at most. What Redis confirmed is kept in memory too, so that nothing that hears heartbeats or
 * counts slots waits for it. While Redis is away, marks wait up to a bound and are written afterwards.
 */
export class RedisSlotStore implements SlotStore {
  readonly tellsReplays = true;
  readonly #options: RedisSlotStoreOptions;
  readonly #dependencies: RedisSlotStoreDependencies;
  readonly #terms: MarkTerms;
  readonly #keys: SlotKeys;
  readonly #connection: RedisConnection;
  readonly #queue = new SerialQueue({ limit: queueLimit });
  readonly #waiting: WaitingMarks;
  readonly #recent: RecentMarks;
  readonly #counts = { counted: 0, known: 0, replayed: 0, pruned: 0, noRoom: 0, lost: 0 };
  readonly #stop = new AbortController();
  /** Nodes that were marked here and have no number yet. */
  readonly #newNodes = new Set<Address>();
  #mirror: SlotMirror;
  #prunedBefore = 0n;
  #sha = "";
  #cancelFlush: Cancel | undefined;
  #cancelRefresh: Cancel = () => undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: RedisSlotStoreOptions, dependencies: RedisSlotStoreDependencies) {
    const { slotsPerEpoch, maximumNodes, replaySlots, waitingMs } = options;
    this.#options = options;
    this.#dependencies = dependencies;
    this.#terms = { slotsPerEpoch, maximumNodes, replaySlots, earnedMs: 2 * waitingMs };
    this.#keys = new SlotKeys(options.owner, options.section);
    this.#waiting = new WaitingMarks({ limit: options.waitingLimit });
    this.#recent = new RecentMarks({ forMs: options.recentMs });
    this.#mirror = new SlotMirror(options, this.#keys);
    this.#connection = new RedisConnection(options, {
      ...dependencies,
      prepare: (redis) => this.#prepare(redis),
      onConnected: () => this.#scheduleFlush(),
    });
  }

  /** Resolves also when Redis is away. Rejects with `STORAGE_MISMATCH` when it holds slots of epochs of another length. */
  static async open(options: RedisSlotStoreOptions, dependencies: RedisSlotStoreDependencies): Promise<RedisSlotStore> {
    const store = new RedisSlotStore(options, dependencies);
    try {
      await store.#connection.start();
    } catch (error) {
      store.#connection.close();
      throw error;
    }
    store.#scheduleRefresh();
    return store;
  }

  get problem(): string | undefined {
    const { problem } = this.#connection;
    return problem && `${problem}; ${this.#waiting.size} heartbeats wait for it`;
  }

  get counts(): RedisMarkCounts {
    return { ...this.#counts };
  }

  /** Marks that wait to be written. */
  get waiting(): number {
    return this.#waiting.size;
  }

  mark(epoch: bigint, slot: number, node: Address, sequence?: bigint): boolean {
    this.#checkMark(slot, node);
    if (epoch < this.#prunedBefore || this.#mirror.has(epoch, slot, node)) return false;
    const isNew = this.#waiting.add(epoch, slot, { node, sequence }, this.#dependencies.clock.now());
    if (!this.#mirror.knows(node)) this.#newNodes.add(node);
    if (this.#connection.connected) this.#scheduleFlush();
    return isNew;
  }

  has(epoch: bigint, slot: number, node: Address): boolean {
    return this.#mirror.has(epoch, slot, node);
  }

  count(epoch: bigint, node: Address, fromSlot = 0): number {
    return this.#mirror.count(epoch, node, fromSlot);
  }

  /** Waits first for as long as other processes may hold marks back. */
  async sync(epoch: bigint): Promise<void> {
    await this.#dependencies.clock.sleep(2 * this.#options.flushMs, this.#stop.signal);
    await this.flush();
    await this.#connection.run((redis) => this.#mirror.refresh(redis, epoch));
  }

  flush(): Promise<void> {
    return this.#queue.run(() => this.#write());
  }

  async prune(epoch: bigint): Promise<void> {
    if (epoch > this.#prunedBefore) this.#prunedBefore = epoch;
    this.#mirror.prune(epoch);
    this.#waiting.giveUp((group) => group.epoch < this.#prunedBefore);
    await this.#connection.run((redis) => this.#remove(redis, epoch));
  }

  /** Removes everything, the nodes too, from under every process that shares the store. To be closed afterwards. */
  async forget(): Promise<void> {
    const { layout, nodes, list, epochs } = this.#keys;
    await this.#connection.run(async (redis) => {
      const names = (await redis.smembers(epochs)).map(BigInt);
      const last = names.reduce((a, b) => (a > b ? a : b), -1n);
      await this.#remove(redis, last + 1n);
      await redis.unlink(layout, nodes, list, epochs);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#cancelRefresh();
    this.#cancelFlush?.();
    this.#stop.abort(new KeeperError("STORE_CLOSED", "the slot store is closed"));
    try {
      if (this.#waiting.size > 0) await this.flush();
    } finally {
      await this.#queue.close();
      this.#connection.close();
    }
  }

  #checkMark(slot: number, node: Address): void {
    const { slotsPerEpoch, maximumNodes } = this.#options;
    if (this.#closing !== undefined) throw new KeeperError("STORE_CLOSED", "the slot store is closed");
    if (!Number.isInteger(slot) || slot < 0 || slot >= slotsPerEpoch) {
      throw new KeeperError("SLOT_INVALID", `no slot ${slot} in an epoch of ${slotsPerEpoch}`);
    }
    if (this.#mirror.knows(node) || this.#newNodes.has(node)) return;
    if (this.#mirror.nodeCount + this.#newNodes.size < maximumNodes) return;
    throw new KeeperError("NODE_LIMIT", `the slot store is made for ${maximumNodes} nodes, all taken`);
  }

  /** A new connection may be to a Redis that lost its last second, or everything: nothing that was read before is trusted. */
  async #prepare(redis: Redis): Promise<void> {
    const { slotsPerEpoch } = this.#options;
    await redis.hsetnx(this.#keys.layout, "slotsPerEpoch", slotsPerEpoch);
    const found = await redis.hget(this.#keys.layout, "slotsPerEpoch");
    if (found !== String(slotsPerEpoch)) {
      const message = `Redis holds slots for epochs of ${found} slots, this process has ${slotsPerEpoch}: is SLOT_SECONDS the same everywhere?`;
      throw new KeeperError("STORAGE_MISMATCH", message);
    }
    this.#sha = String(await redis.script("LOAD", markScript));
    const mirror = new SlotMirror(this.#options, this.#keys);
    for (const epoch of this.#mirror.epochs) await mirror.refresh(redis, epoch);
    await mirror.refreshNewest(redis);
    mirror.prune(this.#prunedBefore);
    this.#useMirror(mirror);
    const now = this.#dependencies.clock.now();
    for (const { epoch, slot, mark } of this.#recent.all) this.#waiting.restore(epoch, slot, mark, now);
  }

  #useMirror(mirror: SlotMirror): void {
    this.#mirror = mirror;
    for (const node of this.#newNodes) if (mirror.knows(node)) this.#newNodes.delete(node);
  }

  /** Writes all that waits at the time of the call. */
  async #write(): Promise<void> {
    this.#giveUpTheOld();
    const batches = this.#waiting.batches(marksAtOnce);
    for (let from = 0; from < batches.length; from += batchesAtOnce) {
      const part = batches.slice(from, from + batchesAtOnce);
      await this.#connection.run((redis) => this.#writeBatches(redis, part));
    }
  }

  async #writeBatches(redis: Redis, batches: readonly MarkBatch[]): Promise<void> {
    const mirror = this.#mirror;
    const pipeline = redis.pipeline();
    for (const batch of batches) {
      callMark(pipeline, this.#sha, this.#keys, this.#terms, batch);
      pipeline.getBuffer(this.#keys.column(batch.epoch, batch.slot));
    }
    pipeline.llen(this.#keys.list);
    const answers = (await pipeline.exec())?.map(([error, answer]) => {
      if (error !== null) throw error;
      return answer;
    });
    if (answers?.length !== 2 * batches.length + 1) throw new Error("Redis did not answer each command");
    for (const [index, batch] of batches.entries()) {
      this.#settle(batch, readVerdicts(answers[2 * index]));
      mirror.take(batch.epoch, batch.slot, answers[2 * index + 1] as Buffer | null);
    }
    if (Number(answers.at(-1)) > mirror.nodeCount) await mirror.readNodes(redis);
    if (mirror === this.#mirror) this.#useMirror(mirror);
  }

  #settle({ epoch, slot, marks }: MarkBatch, verdicts: readonly MarkVerdict[]): void {
    const now = this.#dependencies.clock.now();
    for (const [index, mark] of marks.entries()) {
      const verdict = verdicts[index] ?? "noRoom";
      this.#counts[verdict] += 1;
      this.#waiting.settle(epoch, slot, mark, verdict !== "replayed");
      if (verdict === "counted") this.#recent.add(epoch, slot, mark, now);
      if (verdict === "noRoom") this.#newNodes.delete(mark.node);
    }
  }

  /** It is no longer known which heartbeats earned the slots around them. */
  #giveUpTheOld(): void {
    const before = this.#dependencies.clock.now() - this.#options.waitingMs;
    const lost = this.#waiting.giveUp(({ since }) => since < before);
    if (lost === 0) return;
    this.#counts.lost += lost;
    this.#dependencies.logger?.error("heartbeats waited too long for Redis and are lost", { lost });
  }

  async #remove(redis: Redis, before: bigint): Promise<void> {
    const { layout, epochs } = this.#keys;
    const known = BigInt((await redis.hget(layout, "prunedBefore")) ?? 0);
    // First, so that nobody writes what is being removed.
    if (before > known) await redis.hset(layout, "prunedBefore", before.toString());
    for (const name of await redis.smembers(epochs)) {
      const epoch = BigInt(name);
      if (epoch >= before) continue;
      const columns = Array.from({ length: this.#options.slotsPerEpoch }, (_, slot) => this.#keys.column(epoch, slot));
      await redis.unlink(this.#keys.versions(epoch), ...columns);
      await redis.srem(epochs, name);
    }
  }

  #scheduleFlush(): void {
    if (this.#closing !== undefined) return;
    this.#cancelFlush ??= this.#dependencies.clock.schedule(this.#options.flushMs, async () => {
      await this.flush().catch((error: unknown) => this.#onFailure(error));
      this.#cancelFlush = undefined;
      if (this.#waiting.size > 0 && this.#connection.connected) this.#scheduleFlush();
    });
  }

  #scheduleRefresh(): void {
    this.#cancelRefresh = this.#dependencies.clock.schedule(this.#options.refreshMs, async () => {
      const refresh = this.#connection.run((redis) => this.#mirror.refreshNewest(redis));
      await refresh.catch((error: unknown) => this.#onFailure(error));
      if (this.#closing === undefined) this.#scheduleRefresh();
    });
  }

  /** The connection speaks of its own failures. */
  #onFailure(error: unknown): void {
    if (!this.#connection.connected) return;
    this.#dependencies.logger?.error("slots in Redis cannot be used", { error: describeError(error) });
  }
}
