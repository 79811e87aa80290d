import type { Address, Hash } from "../../protocol/bytes.js";
import type { Slot } from "../../protocol/epochClock.js";
import type { ContainerReport } from "../../protocol/heartbeat.js";

/** Why a heartbeat does not count. Bounded: these are metric labels too. */
export const heartbeatCodes = [
  "OVERSIZED",
  "TOPIC_MISMATCH",
  "UNLICENSED",
  "BEFORE_GENESIS",
  "DUPLICATE_SLOT",
  "FLOODING",
  "MALFORMED",
  "WRONG_CHAIN",
  "FUTURE",
  "STALE",
  "REPLAYED",
  "OLD_BLOCK",
  "UNKNOWN_BLOCK",
  "FORGED",
] as const;
export type HeartbeatCode = (typeof heartbeatCodes)[number];

/** A sign of life that is proven, and the slot in which it arrived by the receiver's clock. */
export interface Beat extends Slot {
  readonly node: Address;
  readonly sequence: bigint;
  /** Milliseconds since 1970, the receiver's clock. */
  readonly heardAt: number;
  /** Basis points, as told by the node. */
  readonly load: number;
  /** What it told of the deed's own assignments. */
  readonly services: readonly ContainerReport[];
}

/** The block that a heartbeat names. */
export interface NamedBlock {
  readonly number: bigint;
  readonly hash: Hash;
}

/** What becomes of a message. */
export type HeartbeatVerdict =
  /** It counts. */
  | { readonly outcome: "accept"; readonly beat: Beat }
  /** It counts as soon as this oracle's own view of the chain has the block that it names. */
  | { readonly outcome: "wait"; readonly beat: Beat; readonly block: NamedBlock }
  /** Nobody's fault: nothing more to learn from it. */
  | { readonly outcome: "ignore"; readonly code: HeartbeatCode }
  /** An honest node does not send this. */
  | { readonly outcome: "reject"; readonly code: HeartbeatCode };
