import type { ChainEvent, EventBody } from "../../../keepers/chain/chainEvent.js";
import type { BlockRef, ChainReader } from "../../../keepers/chain/chainReader.js";
import { applyEvents, emptyState, type ProtocolState } from "../../../keepers/chain/protocolState.js";
import { KeeperError } from "../../../keepers/core/errors.js";

interface FakeBlock {
  readonly ref: BlockRef;
  readonly events: readonly ChainEvent[];
}

const firstTimestamp = 1_000;
const blockSeconds = 2;

/** 20 bytes that show their number. */
export const address = (number: number): string => `0x${number.toString(16).padStart(40, "0")}`;

/** 32 bytes that show their number. */
export const hash = (number: number): string => `0x${number.toString(16).padStart(64, "0")}`;

/** A chain that is written by hand, and a reader of it that can be made to fail, lag, and forget. */
export class FakeChain implements ChainReader {
  readonly calls = { head: 0, block: 0, events: 0, eventsOf: 0 };
  #blocks: FakeBlock[] = [];
  #forks = 0;
  readonly #states = new Map<string, ProtocolState>();
  #failures = 0;
  /** Blocks that `head` stays behind. */
  lag = 0;
  #ambush: { calls: number; readonly change: () => void } | undefined;
  /** Makes every call wait for ever. */
  hangs = false;

  constructor() {
    this.mine();
  }

  get blocks(): readonly BlockRef[] {
    return this.#blocks.map(({ ref }) => ref);
  }

  get tip(): BlockRef {
    return this.#blocks.at(-1)!.ref;
  }

  /** State by its definition: the sum of all events up to a block. */
  stateAt(number: number): ProtocolState {
    return applyEvents(
      emptyState,
      this.#blocks.slice(0, number + 1).flatMap(({ events }) => events),
    );
  }

  /** State after a block of any fork there ever was. */
  stateOf(block: BlockRef): ProtocolState | undefined {
    return this.#states.get(block.hash);
  }

  /** Adds one block with these events. */
  mine(bodies: readonly EventBody[] = []): BlockRef {
    const parent = this.#blocks.at(-1)?.ref;
    const number = (parent?.number ?? -1) + 1;
    this.#forks += 1;
    const ref = {
      number,
      hash: hash(this.#forks),
      parentHash: parent?.hash ?? hash(0),
      timestamp: (parent?.timestamp ?? firstTimestamp) + blockSeconds,
    };
    const place = { blockNumber: number, blockHash: ref.hash, timestamp: ref.timestamp, transactionHash: ref.hash };
    const events = bodies.map((body, logIndex): ChainEvent => ({ ...place, logIndex, ...body }));
    this.#blocks.push({ ref, events });
    this.#states.set(ref.hash, applyEvents(this.#states.get(ref.parentHash) ?? emptyState, events));
    return ref;
  }

  mineMany(count: number): void {
    for (let index = 0; index < count; index += 1) this.mine();
  }

  /** Takes the newest blocks away, as when another fork wins; genesis stays. */
  drop(depth: number): void {
    this.#blocks.length = Math.max(1, this.#blocks.length - depth);
  }

  /** The next calls fail. */
  failNext(count: number): void {
    this.#failures = count;
  }

  /** Changes the chain between two calls, after so many more of them. */
  changeAfter(calls: number, change: () => void): void {
    this.#ambush = { calls, change };
  }

  async head(): Promise<BlockRef> {
    this.calls.head += 1;
    await this.#answer();
    return this.#blocks[Math.max(0, this.#blocks.length - 1 - this.lag)]!.ref;
  }

  async block(number: number): Promise<BlockRef | undefined> {
    this.calls.block += 1;
    await this.#answer();
    return this.#blocks[number]?.ref;
  }

  async events(fromBlock: number, toBlock: number): Promise<ChainEvent[]> {
    this.calls.events += 1;
    await this.#answer();
    return this.#blocks.slice(fromBlock, toBlock + 1).flatMap(({ events }) => events);
  }

  async eventsOf(block: BlockRef): Promise<ChainEvent[]> {
    this.calls.eventsOf += 1;
    await this.#answer();
    const found = this.#blocks[block.number];
    if (found?.ref.hash !== block.hash) throw failure(`block ${block.hash} is not known`);
    return [...found.events];
  }

  async #answer(): Promise<void> {
    if (this.hangs) await new Promise(() => undefined);
    this.#springAmbush();
    if (this.#failures === 0) return;
    this.#failures -= 1;
    throw failure("the server is away");
  }

  #springAmbush(): void {
    if (this.#ambush === undefined) return;
    this.#ambush.calls -= 1;
    if (this.#ambush.calls > 0) return;
    this.#ambush.change();
    this.#ambush = undefined;
  }
}

function failure(message: string): KeeperError {
  return new KeeperError("RPC_FAILED", message, { retriable: true });
}
