import { KeeperError } from "../core/errors.js";
import type { Hash } from "../protocol/bytes.js";
import type { ChainEvent } from "./chainEvent.js";
import type { BlockRef } from "./chainReader.js";
import { applyEvents, emptyState, type ProtocolState } from "./protocolState.js";

export interface ChainHistoryOptions {
  /** First block with events. */
  readonly fromBlock: number;
  /** Newest blocks whose hashes are kept: the deepest reorganisation that is undone without reading everything again. */
  readonly window: number;
  /** Seconds before the newest block for which states can be asked at least; older events are merged into one state. */
  readonly retainSeconds: number;
}

/** Merging copies the state, so it waits until it is worth it. */
const mergeBatch = 512;
const cachedStates = 4;

/** One fork of the chain as far as it was read: the newest blocks, the events before them, a merged state before those. */
export class ChainHistory {
  readonly #options: ChainHistoryOptions;
  readonly #blocks: BlockRef[] = [];
  readonly #numbers = new Map<Hash, number>();
  readonly #cache = new Map<number, ProtocolState>();
  #events: ChainEvent[] = [];
  #merged: { readonly through: number; readonly state: ProtocolState };
  #tipState: ProtocolState = emptyState;
  #known: number;

  constructor(options: ChainHistoryOptions) {
    this.#options = options;
    this.#known = options.fromBlock - 1;
    this.#merged = { through: this.#known, state: emptyState };
  }

  /** Newest block whose events are in; one less than `fromBlock` at first. */
  get known(): number {
    return this.#known;
  }

  /** Oldest block at which the state can be told. */
  get oldest(): number {
    return this.#merged.through;
  }

  /** The newest block; undefined until one was appended. */
  get tip(): BlockRef | undefined {
    return this.#blocks.at(-1);
  }

  /** The blocks whose hashes are kept, ascending and without a gap. */
  get blocks(): readonly BlockRef[] {
    return this.#blocks;
  }

  /** State after the newest block. */
  get tipState(): ProtocolState {
    return this.#tipState;
  }

  /** Number of a kept block; undefined for every other hash. */
  blockNumberOf(hash: Hash): number | undefined {
    return this.#numbers.get(hash);
  }

  /** A kept block. */
  block(number: number): BlockRef | undefined {
    const first = this.#blocks[0];
    return first === undefined ? undefined : this.#blocks[number - first.number];
  }

  /** Whether the block comes right after the newest one, or may be the first. */
  follows(block: BlockRef): boolean {
    return block.number === this.#known + 1 && (this.tip === undefined || block.parentHash === this.tip.hash);
  }

  /** Takes in the events of all blocks up to `block`, so old that other hashes do not matter: it is the only one kept. */
  absorb(block: BlockRef, events: readonly ChainEvent[]): void {
    this.#blocks.length = 0;
    this.#numbers.clear();
    this.append(block, events);
  }

  /** Takes in the next block and its events; the caller made sure that it `follows`. */
  append(block: BlockRef, events: readonly ChainEvent[]): void {
    this.#blocks.push(block);
    this.#numbers.set(block.hash, block.number);
    this.#add(events);
    this.#known = block.number;
    this.#forgetBlocks();
    this.#mergeOldEvents(block.timestamp - this.#options.retainSeconds);
  }

  /** Takes back every block after `ancestor`, which is a kept one; gives those taken back, newest first. */
  rollBack(ancestor: number): BlockRef[] {
    const first = this.#blocks[0]?.number ?? 0;
    const dropped = this.#blocks.splice(ancestor - first + 1).reverse();
    for (const { hash } of dropped) this.#numbers.delete(hash);
    this.#events.length = countUntil(this.#events, ({ blockNumber }) => blockNumber <= ancestor);
    this.#cache.clear();
    this.#known = ancestor;
    this.#tipState = applyEvents(this.#merged.state, this.#events);
    return dropped;
  }

  /**
   * State after block `number`.
   * @throws KeeperError `STATE_NOT_KNOWN_YET` (retriable) past the newest block, `STATE_FORGOTTEN` before what is kept
   */
  stateAt(number: number): ProtocolState {
    if (number > this.#known) {
      const message = `block ${number} was not read yet; the newest is ${this.#known}`;
      throw new KeeperError("STATE_NOT_KNOWN_YET", message, { retriable: true });
    }
    if (number < this.oldest) {
      throw new KeeperError("STATE_FORGOTTEN", `states are kept from block ${this.oldest} on, not for block ${number}`);
    }
    if (number === this.#known) return this.#tipState;
    return this.#cache.get(number) ?? this.#compute(number);
  }

  /** The last kept block with a timestamp before `timestamp`; undefined when it is older than what is kept. */
  lastBlockBefore(timestamp: number): BlockRef | undefined {
    return this.#blocks[countUntil(this.#blocks, (block) => block.timestamp < timestamp) - 1];
  }

  #compute(number: number): ProtocolState {
    const count = countUntil(this.#events, ({ blockNumber }) => blockNumber <= number);
    const state = applyEvents(this.#merged.state, this.#events.slice(0, count));
    this.#cache.set(number, state);
    const [eldest] = this.#cache.keys();
    if (this.#cache.size > cachedStates && eldest !== undefined) this.#cache.delete(eldest);
    return state;
  }

  #add(events: readonly ChainEvent[]): void {
    for (const event of events) this.#events.push(event);
    this.#tipState = applyEvents(this.#tipState, events);
  }

  #forgetBlocks(): void {
    while (this.#blocks.length > this.#options.window) {
      const block = this.#blocks.shift();
      if (block !== undefined) this.#numbers.delete(block.hash);
    }
  }

  /** Events of kept blocks stay apart: they may be taken back. */
  #mergeOldEvents(before: number): void {
    const first = this.#blocks[0]?.number ?? 0;
    const count = countUntil(this.#events, (event) => event.timestamp < before && event.blockNumber < first);
    if (count < mergeBatch) return;
    const old = this.#events.slice(0, count);
    const through = (old.at(-1) as ChainEvent).blockNumber;
    this.#merged = { through, state: applyEvents(this.#merged.state, old) };
    this.#events = this.#events.slice(count);
    for (const number of this.#cache.keys()) if (number < through) this.#cache.delete(number);
  }
}

/** How many leading items the condition holds for; it holds for none after the first for which it does not. */
function countUntil<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
