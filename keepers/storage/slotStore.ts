import type { Address } from "../protocol/bytes.js";

export interface SlotStoreOptions {
  /** Slots in an epoch. */
  readonly slotsPerEpoch: number;
  /** Distinct nodes that the store can hold, all epochs together. */
  readonly maximumNodes: number;
}

/**
 * In which slots of an epoch each node was heard. A mark is never taken back. Only nodes that were verified may be marked:
 * each takes room for ever.
 */
export interface SlotStore {
  /**
   * Notes that a node was heard; true when it was not known yet. Never waits. False too for epochs that were pruned.
   * Throws `SLOT_INVALID`, `NODE_LIMIT` or `STORE_CLOSED`.
   */
  mark(epoch: bigint, slot: number, node: Address): boolean;
  has(epoch: bigint, slot: number, node: Address): boolean;
  /** In how many slots, from `fromSlot` (default 0) to the epoch's end, the node was heard. */
  count(epoch: bigint, node: Address, fromSlot?: number): number;
  /** Resolves once every mark made before the call survives a crash; rejects when it cannot be written. */
  flush(): Promise<void>;
  /** Forgets all epochs before `epoch`, for good. */
  prune(epoch: bigint): Promise<void>;
  /** Flushes and gives everything back; rejects when the last marks could not be written. Idempotent. */
  close(): Promise<void>;
}
