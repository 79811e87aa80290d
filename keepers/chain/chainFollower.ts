import type { Clock } from "../core/clock.js";
import { describeError, KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { backoffDelay } from "../core/retry.js";
import type { Hash } from "../protocol/bytes.js";
import { abortable } from "./abortable.js";
import { findBlockBefore } from "./blockSearch.js";
import { extendHistory } from "./catchUp.js";
import { ChainHistory, type ChainHistoryOptions } from "./chainHistory.js";
import type { ChainListener, ChainNotification } from "./chainNotification.js";
import type { BlockRef, ChainReader } from "./chainReader.js";
import type { ProtocolState } from "./protocolState.js";

export interface ChainFollowerOptions extends ChainHistoryOptions {
  /** Milliseconds between two looks at the chain. */
  readonly pollMs: number;
  /** Longest wait after failures, milliseconds. */
  readonly maximumBackoffMs: number;
}

/** `window` is also how old a block a heartbeat may name; `retainSeconds` should span two epochs at least. */
export const defaultChainFollowerOptions = {
  window: 256,
  retainSeconds: 2 * 86_400,
  pollMs: 1_000,
  maximumBackoffMs: 30_000,
} as const;

/** Looks in a row at a head that is older than all kept blocks, before it is believed. */
const maximumLooksBehind = 10;

export interface ChainFollowerDependencies {
  readonly reader: ChainReader;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The protocol as it is after a block. */
export interface ChainView {
  readonly block: BlockRef;
  readonly state: ProtocolState;
}

/** How well the follower keeps up. */
export interface FollowerHealth {
  /** Failures since the last success. */
  readonly failures: number;
  /** Looks that failed since the start. */
  readonly totalFailures: number;
  /** When the chain last answered, milliseconds since 1970; undefined: never. */
  readonly lastSuccessMs: number | undefined;
}

/**
 * Follows the chain: whatever the reader meets (failures, lag, older heads, other forks), its view is at any time the sum
 * of the events of one chain of blocks, and ends up being that of the chain the reader settles on. Keeps nothing on disk.
 */
export class ChainFollower {
  readonly #options: ChainFollowerOptions;
  readonly #dependencies: ChainFollowerDependencies;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<ChainListener>();
  #history: ChainHistory;
  /** A history that is being read from the start; kept over failures, so that what was read is not read again. */
  #next: ChainHistory | undefined;
  #started: Promise<void> | undefined;
  #live = false;
  #running: Promise<void> = Promise.resolve();
  #looking: Promise<void> | undefined;
  #looksBehind = 0;
  #failures = 0;
  #totalFailures = 0;
  #lastSuccessMs: number | undefined;

  constructor(options: ChainFollowerOptions, dependencies: ChainFollowerDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#history = new ChainHistory(options);
  }

  /**
   * Reads the chain from `fromBlock` to its head, trying as long as it takes, and goes on following it.
   * @throws KeeperError `CHAIN_MISMATCH` and others that no further try can mend; the close signal's reason when closed
   */
  start(): Promise<void> {
    this.#started ??= this.#begin();
    return this.#started;
  }

  /** Stops following; idempotent, and waits for nothing but itself: calls under way are ignored when they end. */
  async close(): Promise<void> {
    this.#abort.abort(new KeeperError("CLOSING", "the chain follower is closing"));
    await Promise.allSettled([this.#started, this.#running, this.#looking]);
    this.#listeners.clear();
  }

  /** The newest block read. @throws KeeperError `CHAIN_NOT_READ` before `start` has resolved. */
  get head(): BlockRef {
    const tip = this.#history.tip;
    if (tip !== undefined) return tip;
    throw new KeeperError("CHAIN_NOT_READ", "the chain was not read yet: start the follower first", {
      retriable: true,
    });
  }

  /** The protocol after the newest block; throws like `head`. */
  get view(): ChainView {
    return { block: this.head, state: this.#history.tipState };
  }

  get health(): FollowerHealth {
    return { failures: this.#failures, totalFailures: this.#totalFailures, lastSuccessMs: this.#lastSuccessMs };
  }

  /** Calls the listener for every notification until the function given back is called. */
  subscribe(listener: ChainListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Number of one of the last `window` blocks; undefined for every other hash: too old, on another fork, or invented. */
  blockNumberOf(hash: Hash): number | undefined {
    return this.#history.blockNumberOf(hash);
  }

  /**
   * State after block `number`.
   * @throws KeeperError `STATE_NOT_KNOWN_YET` (retriable) past the head, `STATE_FORGOTTEN` before what is kept
   */
  stateAt(number: number): ProtocolState {
    return this.#history.stateAt(number);
  }

  /**
   * The protocol after the last block whose timestamp lies before `timestamp` (Unix seconds): what counts at an epoch's end.
   * @throws KeeperError `STATE_NOT_KNOWN_YET` (retriable) until the head's timestamp has reached it, `STATE_FORGOTTEN`
   * beyond `retainSeconds` or before the first block
   */
  async stateAtTime(timestamp: number): Promise<ChainView> {
    if (this.head.timestamp < timestamp) {
      const message = `the chain has come to second ${this.head.timestamp}, not to ${timestamp} yet`;
      throw new KeeperError("STATE_NOT_KNOWN_YET", message, { retriable: true });
    }
    const history = this.#history;
    const block = history.lastBlockBefore(timestamp) ?? (await this.#searchBefore(history, timestamp));
    return { block, state: history.stateAt(block.number) };
  }

  /** The last kept block before `timestamp` (Unix seconds) as the chain is now; undefined when that is older than those kept. */
  lastBlockBefore(timestamp: number): BlockRef | undefined {
    return this.#history.lastBlockBefore(timestamp);
  }

  /** Looks at the chain now, or joins the look under way; never rejects: a failure shows in `health`. */
  async refresh(): Promise<void> {
    await this.#lookOnce().catch(() => undefined);
  }

  #searchBefore(history: ChainHistory, timestamp: number): Promise<BlockRef> {
    const range = { low: Math.max(0, history.oldest), high: (history.blocks[0] as BlockRef).number, timestamp };
    return abortable(findBlockBefore(range, this.#dependencies.reader), this.#abort.signal);
  }

  async #begin(): Promise<void> {
    while (!(await this.#firstLook())) await this.#pause();
    this.#live = true;
    this.#running = this.#run();
  }

  async #firstLook(): Promise<boolean> {
    try {
      await this.#lookOnce();
      return true;
    } catch (error) {
      if (error instanceof KeeperError && !error.retriable) throw error;
      return false;
    }
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        await this.#pause();
        await this.refresh();
      }
    } catch {
      // Only the pause rejects, and only because of `close`.
    }
  }

  #pause(): Promise<void> {
    const { pollMs, maximumBackoffMs } = this.#options;
    const { clock, random } = this.#dependencies;
    const backoff = { baseMs: pollMs, maximumMs: Math.max(pollMs, maximumBackoffMs) };
    const delayMs = this.#failures === 0 ? pollMs : backoffDelay(this.#failures - 1, backoff, random);
    return clock.sleep(delayMs, this.#abort.signal);
  }

  #lookOnce(): Promise<void> {
    this.#looking ??= this.#attempt().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #attempt(): Promise<void> {
    try {
      await this.#look();
      this.#failures = 0;
      this.#lastSuccessMs = this.#dependencies.clock.now();
    } catch (error) {
      this.#abort.signal.throwIfAborted();
      this.#failures += 1;
      this.#totalFailures += 1;
      const fields = { failures: this.#failures, error: describeError(error) };
      this.#dependencies.logger.warn("reading the chain failed; trying again", fields);
      throw error;
    }
  }

  async #look(): Promise<void> {
    const head = await abortable(this.#dependencies.reader.head(), this.#abort.signal);
    const { tip } = this.#history;
    if (tip === undefined) return this.#readAll(head);
    if (this.#isFarBehind(head) || this.blockNumberOf(head.hash) !== undefined) return;
    if ((await this.#extend(this.#history, head)) === "too deep") await this.#readAll(head);
  }

  /**
   * A head older than all kept blocks, where forks cannot be told apart: a server that lags. When no other comes, the
   * chain itself began anew, and `extendHistory` finds that nothing is left of ours.
   */
  #isFarBehind(head: BlockRef): boolean {
    const behind = head.number < (this.#history.blocks[0] as BlockRef).number;
    this.#looksBehind = behind ? this.#looksBehind + 1 : 0;
    return behind && this.#looksBehind < maximumLooksBehind;
  }

  /** Reads everything into a new history; the old one serves until it is there. */
  async #readAll(head: BlockRef): Promise<void> {
    const next = (this.#next ??= new ChainHistory(this.#options));
    if ((await this.#extend(next, head, false)) === "too deep") {
      this.#next = undefined;
      throw new KeeperError("CHAIN_INCONSISTENT", "the chain changed while it was read", { retriable: true });
    }
    const dropped = [...this.#history.blocks].reverse();
    this.#history = next;
    this.#next = undefined;
    if (dropped.length > 0) this.#tell({ type: "reorg", ancestor: undefined, dropped });
  }

  #extend(history: ChainHistory, head: BlockRef, tell = this.#live): Promise<"done" | "too deep"> {
    const { reader } = this.#dependencies;
    const onChange = (notification: ChainNotification): void => {
      if (tell) this.#tell(notification);
    };
    return extendHistory(history, head, { reader, onChange, window: this.#options.window, signal: this.#abort.signal });
  }

  #tell(notification: ChainNotification): void {
    if (notification.type === "reorg") this.#noteReorg(notification.ancestor, notification.dropped);
    for (const listener of this.#listeners) {
      try {
        listener(notification);
      } catch (error) {
        this.#dependencies.logger.error("a listener of the chain failed", { error: describeError(error) });
      }
    }
  }

  #noteReorg(ancestor: BlockRef | undefined, dropped: readonly BlockRef[]): void {
    this.#dependencies.logger.info("the chain reorganised", { ancestor: ancestor?.number, blocks: dropped.length });
  }
}
