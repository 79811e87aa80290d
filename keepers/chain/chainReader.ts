import type { ChainEvent } from "./chainEvent.js";
import type { Hash } from "../protocol/bytes.js";

/** A block as far as following the chain needs it. */
export interface BlockRef {
  readonly number: number;
  readonly hash: Hash;
  readonly parentHash: Hash;
  /** Unix seconds. */
  readonly timestamp: number;
}

/**
 * How keepers look at the chain. Implementations retry what may pass; what they reject with is a KeeperError, retriable
 * unless the configuration is wrong. Answers of two calls need not belong to one fork: the follower checks.
 */
export interface ChainReader {
  /** The newest block to look at. It may be older than one seen before. */
  head(): Promise<BlockRef>;
  /** Undefined when the chain, as seen now, does not have it. */
  block(number: number): Promise<BlockRef | undefined>;
  /** The protocol's events in blocks `fromBlock` to `toBlock`, both included, in the order of (block, index in it). */
  events(fromBlock: number, toBlock: number): Promise<ChainEvent[]>;
  /** The protocol's events of exactly this block, by hash; rejects (retriable) when the block is not known. */
  eventsOf(block: BlockRef): Promise<ChainEvent[]>;
}
