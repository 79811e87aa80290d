import type { Address } from "../protocol/bytes.js";

export interface SlotStoreOptions {
  /** Slots in an epoch. */
  readonly slotsPerEpoch: number;
  /** Distinct nodes that the store can hold, all epochs together. */
  readonly maximumNodes: number;
}

/**
 * In which slots of an epoch each node was heard. A mark is never taken back. Only nodes that were verified may be marked:
 * each takes room for ever. A store may be shared by several processes.
 */
export interface SlotStore {
  /**
   * True when the store itself sees to it that one heartbeat earns one slot at most, whichever processes hear it, and
   * before or after a restart. Otherwise the process that marks has to.
   */
  readonly tellsReplays: boolean;
  /** What keeps marks from being safe, in one sentence; undefined when all is well. */
  readonly problem: string | undefined;
  /**
   * Notes that a node was heard; true unless that is known here already. Never waits. False too for epochs that were pruned.
   * A shared store decides at the next flush, and then counts nothing for a heartbeat whose `sequence` earned a slot
   * already; without `sequence` it does not ask. Throws `SLOT_INVALID`, `NODE_LIMIT`, `STORE_CLOSED` or, when too much waits
   * for a store that is away, `STORE_FULL` (retriable).
   */
  mark(epoch: bigint, slot: number, node: Address, sequence?: bigint): boolean;
  /** Whether the slot counts. Knows each mark of this process after a flush at the latest. */
  has(epoch: bigint, slot: number, node: Address): boolean;
  /** In how many slots, from `fromSlot` (default 0) to the epoch's end, the node was heard; as current as `has`. */
  count(epoch: bigint, node: Address, fromSlot?: number): number;
  /** Resolves once `count` knows what any process marked in an epoch that is over; rejects when that cannot be learnt now. */
  sync(epoch: bigint): Promise<void>;
  /** Resolves once every mark made before the call survives a crash; rejects when it cannot be written. */
  flush(): Promise<void>;
  /** Forgets all epochs before `epoch`, for good. */
  prune(epoch: bigint): Promise<void>;
  /** Flushes and gives everything back; rejects when the last marks could not be written. Idempotent. */
  close(): Promise<void>;
}
