import type { DeedId } from "../../keepers/protocol/deedId.js";

/** One proof for several deeds, as `AvailabilityRewards.claimMany` takes it. */
export interface ClaimProof {
  readonly epoch: bigint;
  /** In the order that the proof expects. */
  readonly deeds: readonly DeedId[];
  readonly cumulatives: readonly bigint[];
  readonly proof: readonly string[];
  readonly proofFlags: readonly boolean[];
}

/** A deed's sum of availability bytes in an active epoch. */
export interface ProvenSum {
  readonly epoch: bigint;
  readonly cumulative: bigint;
}

/** Where proofs come from; everything it gives was checked against the root on chain. */
export interface ProofSource {
  /** Undefined when the deed has no leaf: it was never credited. */
  sumOf(deed: DeedId): Promise<ProvenSum | undefined>;
  /** A proof for deeds that all have a leaf in `epoch`. */
  proofOf(deeds: readonly DeedId[], epoch: bigint): Promise<ClaimProof>;
}
