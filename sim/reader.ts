import type { ChainEvent } from "../keepers/chain/chainEvent.js";
import type { BlockRef, ChainReader } from "../keepers/chain/chainReader.js";
import type { VirtualClock } from "../keepers/core/virtualClock.js";
import { KeeperError } from "../keepers/core/errors.js";
import type { SeededRandom } from "../keepers/core/random.js";
import type { Block, SimChain } from "./chain.js";
import { GENESIS, type RpcPlan } from "./plan.js";

/** How long a server may stay on a fork that was given up, milliseconds. */
const CLINGING_MS = 6_000;

/** An oracle's server: late, now and then down or behind, and slow to give up a fork. */
export class SimReader implements ChainReader {
  readonly #plan: RpcPlan;
  readonly #chain: SimChain;
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #isHealed: () => boolean;

  constructor(
    plan: RpcPlan,
    dependencies: {
      readonly chain: SimChain;
      readonly clock: VirtualClock;
      readonly random: SeededRandom;
      readonly isHealed: () => boolean;
    },
  ) {
    this.#plan = plan;
    this.#chain = dependencies.chain;
    this.#clock = dependencies.clock;
    this.#random = dependencies.random;
    this.#isHealed = dependencies.isHealed;
  }

  async head(): Promise<BlockRef> {
    await this.#answer();
    const blocks = this.#view();
    const lag = this.#isHealed() ? 0 : this.#random.integer(this.#plan.maximumLag + 1);
    return refOf(blocks[Math.max(0, blocks.length - 1 - lag)] as Block);
  }

  async block(number: number): Promise<BlockRef | undefined> {
    await this.#answer();
    const block = this.#at(number);
    return block && refOf(block);
  }

  async events(fromBlock: number, toBlock: number): Promise<ChainEvent[]> {
    await this.#answer();
    return this.#view()
      .filter(({ number }) => number >= fromBlock && number <= toBlock)
      .flatMap(({ events }) => events);
  }

  async eventsOf({ number, hash }: BlockRef): Promise<ChainEvent[]> {
    await this.#answer();
    const block = this.#at(number);
    if (block?.hash === hash) return [...block.events];
    throw new KeeperError("RPC_FAILED", "unknown block", { retriable: true });
  }

  async #answer(): Promise<void> {
    await this.#clock.sleep(this.#plan.latencyMs);
    if (!this.#isHealed() && this.#random.next() < this.#failureRate()) {
      throw new KeeperError("RPC_FAILED", "connection refused", { retriable: true });
    }
  }

  #failureRate(): number {
    const now = this.#clock.now() - GENESIS * 1000;
    return this.#plan.outages.some(({ from, to }) => now >= from && now < to) ? 1 : this.#plan.failureRate;
  }

  /** Before everything heals, one of two answers may still be from the fork that was given up. */
  #view(): readonly Block[] {
    const { blocks, old } = this.#chain;
    if (!old || this.#isHealed() || this.#clock.now() - old.leftAt > CLINGING_MS) return blocks;
    return this.#random.next() < this.#plan.clinging ? old.blocks : blocks;
  }

  #at(number: number): Block | undefined {
    return this.#view()[number];
  }
}

function refOf({ number, hash, parentHash, timestamp }: Block): BlockRef {
  return { number, hash, parentHash, timestamp };
}
