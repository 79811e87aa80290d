import type { Cancel, Clock } from "../core/clock.js";
import type { Logger } from "../core/logger.js";
import type { Hash } from "../protocol/bytes.js";
import { Outage } from "./outage.js";
import { withTimeLimit } from "./timeLimit.js";

/** A block that heartbeats can name. */
export interface BlockReference {
  readonly number: number;
  readonly hash: Hash;
  /** Unix seconds. */
  readonly timestamp: number;
}

/** What the tracker needs of the chain. */
export interface BlockSource {
  latest(): Promise<BlockReference>;
}

export interface BlockTrackerOptions {
  /** Milliseconds between two looks at the chain, and the time that one may take. */
  readonly refreshMs: number;
  /** A newest block older than this (by its timestamp) is reported: oracles will soon refuse heartbeats that name it. */
  readonly maximumAgeMs: number;
}

/** Keeps the newest known block, so that heartbeats never wait for the chain. A chain that fails leaves the last one. */
export class BlockTracker {
  readonly #options: BlockTrackerOptions;
  readonly #source: BlockSource;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #outage: Outage;
  #current: BlockReference | undefined;
  #reportedStale = false;
  #cancel: Cancel | undefined;
  #closed = false;

  constructor(options: BlockTrackerOptions, dependencies: { source: BlockSource; clock: Clock; logger: Logger }) {
    this.#options = options;
    this.#source = dependencies.source;
    this.#clock = dependencies.clock;
    this.#logger = dependencies.logger;
    this.#outage = new Outage({ what: "reading the newest block" }, dependencies);
  }

  /** Undefined until the chain answered once. */
  get current(): BlockReference | undefined {
    return this.#current;
  }

  /** True when there is no block, or one too old to prove that a heartbeat is recent. */
  get stale(): boolean {
    const { maximumAgeMs } = this.#options;
    return this.#current === undefined || this.#clock.now() - this.#current.timestamp * 1_000 > maximumAgeMs;
  }

  /** Begins to follow the chain; resolves after the first look, whether or not it went well. */
  async start(): Promise<void> {
    if (this.#cancel === undefined && !this.#closed) await this.#refresh();
  }

  /** Idempotent; a look that is under way is ignored. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #refresh(): Promise<void> {
    const { refreshMs } = this.#options;
    this.#cancel = this.#clock.schedule(refreshMs, () => this.#refresh());
    try {
      const dependencies = { clock: this.#clock };
      const block = await withTimeLimit("reading the newest block", refreshMs, this.#source.latest(), dependencies);
      if (this.#closed) return;
      this.#current = block;
      this.#outage.succeeded();
    } catch (error) {
      if (!this.#closed) this.#outage.failed(error);
    }
    this.#reportStaleness();
  }

  #reportStaleness(): void {
    const { stale } = this;
    if (this.#current !== undefined && stale && !this.#reportedStale) {
      this.#logger.warn("the newest known block is too old: oracles will refuse heartbeats that name it", {
        block: this.#current.number,
        blockTime: this.#current.timestamp,
        maximumAgeMs: this.#options.maximumAgeMs,
      });
    }
    this.#reportedStale = stale;
  }
}
