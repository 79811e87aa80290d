import type { ChainEvent } from "./chainEvent.js";
import type { BlockRef } from "./chainReader.js";

/** What a follower tells, in the order of the chain. What was read before `start` resolved is not told. */
export type ChainNotification =
  | { readonly type: "event"; readonly event: ChainEvent }
  /** After the block's events. */
  | { readonly type: "block"; readonly block: BlockRef }
  /**
   * Blocks are no longer on the chain, newest first; those in their place follow as usual. Without an `ancestor` the
   * chain changed deeper than what is kept: everything was read again, and nothing of it is told.
   */
  | { readonly type: "reorg"; readonly ancestor: BlockRef | undefined; readonly dropped: readonly BlockRef[] };

export type ChainListener = (notification: ChainNotification) => void;
