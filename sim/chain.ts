import type { ChainEvent, EventBody } from "../keepers/chain/chainEvent.js";
import type { BlockRef } from "../keepers/chain/chainReader.js";
import type { VirtualClock } from "../keepers/core/virtualClock.js";
import type { Hash } from "../keepers/protocol/bytes.js";
import { EMPTY_LEDGER, type LedgerState, type Outcome } from "./ledger.js";

export interface Block extends BlockRef {
  readonly events: readonly ChainEvent[];
  readonly state: LedgerState;
  readonly transactions: readonly Transaction[];
}

/** Something to be mined. */
export interface Transaction {
  readonly name: string;
  readonly run: (state: LedgerState, timestamp: number) => Outcome;
  /** Told each time it is mined: after a reorganisation perhaps again. */
  readonly mined?: (revert: string | undefined) => void;
}

/** One reorganisation: the newest blocks give way to others. */
export interface Reorganisation {
  readonly depth: number;
  /** For each block that is taken back, whether another one takes its place in time. */
  readonly replaced: readonly boolean[];
  /** For each transaction in them: blocks until it is mined again; undefined: it is lost. */
  readonly delays: () => number | undefined;
}

interface Waiting {
  readonly transaction: Transaction;
  readonly fromNumber: number;
}

/** One chain of blocks that now and then turns out to be another one. */
export class SimChain {
  readonly #clock: VirtualClock;
  readonly #blockMs: number;
  readonly #onBlock: (block: Block) => void;
  #blocks: readonly Block[];
  #old: { readonly blocks: readonly Block[]; readonly leftAt: number } | undefined;
  #waiting: Waiting[] = [];
  #made = 0;

  constructor(
    options: { readonly blockMs: number; readonly genesis: readonly Transaction[] },
    dependencies: { readonly clock: VirtualClock; readonly onBlock: (block: Block) => void },
  ) {
    this.#clock = dependencies.clock;
    this.#blockMs = options.blockMs;
    this.#onBlock = dependencies.onBlock;
    this.#blocks = [];
    this.#mine(this.#seconds() - 1);
    for (const transaction of options.genesis) this.submit(transaction);
    this.#mine(this.#seconds());
    this.#later();
  }

  get head(): Block {
    return this.#blocks.at(-1) as Block;
  }

  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /** What was the chain before the last reorganisation, and until when. */
  get old(): { readonly blocks: readonly Block[]; readonly leftAt: number } | undefined {
    return this.#old;
  }

  submit(transaction: Transaction, delayBlocks = 0): void {
    this.#waiting.push({ transaction, fromNumber: (this.#blocks.at(-1)?.number ?? -1) + 1 + delayBlocks });
  }

  reorganise({ depth, replaced, delays }: Reorganisation): void {
    const dropped = this.#blocks.slice(-depth);
    if (dropped.length >= this.#blocks.length) return;
    this.#old = { blocks: this.#blocks, leftAt: this.#clock.now() };
    this.#blocks = this.#blocks.slice(0, -depth);
    const first = this.head.number + 1;
    const again = dropped
      .flatMap(({ transactions }) => transactions)
      .flatMap((transaction) => {
        const delay = delays();
        return delay === undefined ? [] : [{ transaction, fromNumber: first + delay }];
      });
    this.#waiting = [...again, ...this.#waiting];
    dropped.forEach(({ timestamp }, index) => {
      if (replaced[index] === true) this.#mine(timestamp);
    });
  }

  #later(): void {
    this.#clock.schedule(this.#blockMs, () => {
      this.#mine(this.#seconds());
      this.#later();
    });
  }

  #seconds(): number {
    return Math.floor(this.#clock.now() / 1_000);
  }

  #mine(timestamp: number): void {
    const parent = this.#blocks.at(-1);
    const number = (parent?.number ?? -1) + 1;
    const hash: Hash = `0x${(++this.#made).toString(16).padStart(64, "b")}`;
    const due = this.#waiting.filter(({ fromNumber }) => fromNumber <= number).map(({ transaction }) => transaction);
    this.#waiting = this.#waiting.filter(({ fromNumber }) => fromNumber > number);
    let state = parent?.state ?? EMPTY_LEDGER;
    const bodies: EventBody[] = [];
    const results = due.map((transaction) => {
      const outcome = transaction.run(state, timestamp);
      if ("revert" in outcome) return { transaction, revert: outcome.revert };
      state = outcome.state;
      bodies.push(...outcome.events);
      return { transaction, revert: undefined };
    });
    const place = { blockNumber: number, blockHash: hash, transactionHash: hash, timestamp };
    const events = bodies.map((body, logIndex): ChainEvent => ({ ...place, logIndex, ...body }));
    const parentHash = parent?.hash ?? `0x${"00".repeat(32)}`;
    const block = { number, hash, parentHash, timestamp, events, state, transactions: due };
    this.#blocks = [...this.#blocks, block];
    this.#onBlock(block);
    for (const { transaction, revert } of results) transaction.mined?.(revert);
  }
}
