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
  | { readonly type: "EpochDisproved"; epoch: bigint; root: Hash; by: Address }
  | JobEventBody
  /** `price`: US dollars per epoch and node, with 8 decimals. */
  | {
      readonly type: "ClassSet";
      classId: number;
      name: string;
      price: bigint;
      milliCpu: number;
      memoryMiB: number;
      diskMiB: number;
      isGpu: boolean;
      isOffered: boolean;
    };

/** What happens to a job; Node Deeds are named by their token ids, amounts are in wei. */
type JobEventBody =
  | {
      readonly type: "JobCreated";
      jobId: bigint;
      owner: Address;
      specHash: Hash;
      classId: number;
      gpu: number;
      nodes: number;
      epochs: number;
      /** Per epoch and node. */
      rate: bigint;
      deposit: bigint;
    }
  | { readonly type: "SpecChanged"; jobId: bigint; specHash: Hash }
  /** `epochs`, and below `nodes`: what there are now. */
  | { readonly type: "JobExtended"; jobId: bigint; epochs: number; deposit: bigint }
  | { readonly type: "JobScaled"; jobId: bigint; nodes: number; deposit: bigint }
  /** `end`: first epoch that is not paid any more; zero for a job that never began. */
  | { readonly type: "JobClosed"; jobId: bigint; end: bigint }
  /** `from`: first epoch that the joining are paid for, and the leaving are not. */
  | {
      readonly type: "NodesAssigned";
      jobId: bigint;
      sequence: number;
      leaving: readonly number[];
      joining: readonly number[];
      from: bigint;
    }
  /** Places were given up with who was in them. `to`: first epoch that they are not paid for. */
  | { readonly type: "NodesReleased"; jobId: bigint; leaving: readonly number[]; to: bigint }
  | {
      readonly type: "Settled";
      jobId: bigint;
      tokenId: number;
      payee: Address;
      epochs: bigint;
      bytesServed: bigint;
      paid: bigint;
      burned: bigint;
      penalty: bigint;
    }
  | { readonly type: "Refunded"; jobId: bigint; owner: Address; amount: bigint };

/** An event of the protocol that the keepers act on. */
export type ChainEvent = EventPlace & Readonly<EventBody>;

/** Order on the chain: negative, zero or positive. */
export function compareEvents(a: EventPlace, b: EventPlace): number {
  return a.blockNumber - b.blockNumber || a.logIndex - b.logIndex;
}
