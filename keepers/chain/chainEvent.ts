import type { Address, Hash } from "../protocol/bytes.js";

/** Where and when an event happened. */
export interface EventPlace {
  readonly blockNumber: number;
  readonly blockHash: Hash;
  /** Position in the block. */
  readonly logIndex: number;
  readonly transactionHash: Hash;
  /** Of the block, Unix seconds. */
  readonly timestamp: number;
}

/**
 * Why an oracle left: governance removed it; its node or deed was not in order; it signed a root that was wrong; it signed
 * two reports of one epoch; it did not answer. In the order of the contract's enumeration.
 */
export const oracleRemovals = ["governance", "lapsed", "disproved", "equivocation", "silent"] as const;
export type OracleRemoval = (typeof oracleRemovals)[number];

/** What happened; deeds are DeedIds, addresses and hashes lower-case. */
export type EventBody =
  | { readonly type: "NodeAssociated"; deed: bigint; node: Address; owner: Address; epoch: bigint }
  | { readonly type: "NodeDissociated"; deed: bigint; node: Address }
  /** `until`: Unix seconds, the approval holds strictly before it. */
  | { readonly type: "OperatorApproved"; operator: Address; until: number; verification: number }
  | { readonly type: "OperatorRevoked"; operator: Address }
  | { readonly type: "OperatorBanned"; operator: Address; reason: string }
  | { readonly type: "OperatorUnbanned"; operator: Address }
  | { readonly type: "DeedBanned"; deed: bigint; reason: string }
  | { readonly type: "DeedUnbanned"; deed: bigint }
  | { readonly type: "OracleAdded"; oracle: Address; owner: Address }
  | { readonly type: "OracleRemoved"; oracle: Address; owner: Address; why: OracleRemoval }
  /** `deadline`: Unix seconds, the last at which an answer counts. */
  | { readonly type: "OracleChallenged"; oracle: Address; by: Address; deadline: number }
  | { readonly type: "OracleAnswered"; oracle: Address; deadline: number }
  /** `signers`: bit i stands for the oracle at position i of the set at that moment, ascending. */
  | {
      readonly type: "EpochCommitted";
      epoch: bigint;
      root: Hash;
      previousRoot: Hash;
      dataHash: Hash;
      leafCount: bigint;
      signers: bigint;
    }
  /** The pending root was wrong and is gone; its signers were removed just before. */
  | { readonly type: "EpochDisproved"; epoch: bigint; root: Hash; by: Address };

/** An event of the protocol that the keepers act on. */
export type ChainEvent = EventPlace & Readonly<EventBody>;

/** Order on the chain: negative, zero or positive. */
export function compareEvents(a: EventPlace, b: EventPlace): number {
  return a.blockNumber - b.blockNumber || a.logIndex - b.logIndex;
}
