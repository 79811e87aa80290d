import type { Hash } from "../keepers/protocol/bytes.js";

/** Milliseconds since 1970; `to` when it was over and the part was at work again. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A part of the network that could not do its work as usual. */
export interface Disturbance extends Span {
  /** `oracle-1`, `node-2`, `broker`, or `machine`: this whole machine stood still. */
  readonly target: string;
  readonly kind: string;
}

export interface EpochTerms {
  /** Unix seconds. */
  readonly genesis: number;
  /** Seconds. */
  readonly duration: number;
  readonly slotSeconds: number;
}

/** As `EpochCommitted` tells it, and when. */
export interface CommitRecord {
  readonly epoch: number;
  readonly root: Hash;
  readonly previousRoot: Hash;
  readonly dataHash: Hash;
  readonly leafCount: number;
  /** Unix seconds. */
  readonly at: number;
  readonly isDisproved: boolean;
}

export interface LeafRecord {
  /** 1 availability, 2 service. */
  readonly kind: number;
  readonly id: bigint;
  readonly cumulative: bigint;
}

/** A report that an oracle opened on the bus: a byte for each link, then for each seat. */
export interface ReportRecord {
  readonly oracle: string;
  readonly bytes: Uint8Array;
}

/** A committed epoch with its leaves, and the reports that its value names when all of them were heard. */
export interface EpochRecord {
  readonly commit: CommitRecord;
  /** Undefined when no oracle serves a file that fits the commit. */
  readonly leaves: readonly LeafRecord[] | undefined;
  /** What the leaf file's own bytes come to. */
  readonly computedRoot: Hash | undefined;
  readonly reports: readonly ReportRecord[] | undefined;
}

/** A deed had this node for that time. Milliseconds since 1970; `to` undefined: it still has. */
export interface Association {
  readonly deed: bigint;
  /** Name of the keeper, as in disturbances. */
  readonly keeper: string;
  readonly from: number;
  readonly to: number | undefined;
}

export interface DeedTerms {
  readonly deed: bigint;
  /** Such as `ND:5`. */
  readonly name: string;
  readonly curve: "linear" | "logistic";
  /** Wei. */
  readonly allocation: bigint;
  /** Epochs of full credit that mine it all. */
  readonly duration: bigint;
  /** First epoch that is credited. */
  readonly start: number;
}

export interface ClaimRecord {
  readonly deed: bigint;
  /** Wei. */
  readonly amount: bigint;
}

/** What happened to a job, in the order of the chain; `now` is the epoch of its block. Amounts in wei. */
export type JobEvent = { readonly jobId: number; readonly now: number } & (
  | {
      readonly kind: "created";
      readonly owner: string;
      readonly rate: bigint;
      readonly nodes: number;
      readonly epochs: number;
      readonly deposit: bigint;
    }
  /** `epochs`: its whole length now. */
  | { readonly kind: "extended"; readonly epochs: number; readonly deposit: bigint }
  | { readonly kind: "closed" }
  | { readonly kind: "assigned"; readonly leaving: readonly number[]; readonly joining: readonly number[] }
  | {
      readonly kind: "settled";
      readonly tokenId: number;
      /** Epoch of the root, and the cumulative bytes that it was proven to hold. */
      readonly epoch: number;
      readonly cumulative: bigint;
      readonly paid: bigint;
      readonly burned: bigint;
    }
  | { readonly kind: "refunded"; readonly amount: bigint }
);

/** Everything that a run left behind, seen from outside. */
export interface History {
  readonly terms: EpochTerms;
  /** Epochs that are judged, both included. */
  readonly first: number;
  readonly last: number;
  readonly oracles: readonly string[];
  readonly disturbances: readonly Disturbance[];
  readonly commits: readonly CommitRecord[];
  readonly epochs: readonly EpochRecord[];
  readonly associations: readonly Association[];
  readonly deeds: readonly DeedTerms[];
  readonly claims: readonly ClaimRecord[];
  /** What the chain says of each deed after everything was claimed that could be. Wei. */
  readonly unclaimed: ReadonlyMap<bigint, bigint>;
  /** Why claims, settlements or refunds at the end did not go through. */
  readonly refusals: readonly string[];
  readonly supply: { readonly minted: bigint; readonly burned: bigint; readonly total: bigint };
  readonly jobTerm: number;
  readonly jobEvents: readonly JobEvent[];
  /** Wei that the escrow holds, in all and for each job. */
  readonly escrow: { readonly held: bigint; readonly balances: ReadonlyMap<number, bigint> };
  /** Containers that are left at the end although no job is. */
  readonly containers: readonly string[];
  /** Pairs of different things that one oracle signed where it may sign one. */
  readonly contradictions: readonly string[];
  /** Oracles that were removed from the set; nobody should be. */
  readonly removed: readonly string[];
}
