import { KeeperError } from "../core/errors.js";
import { bytesToHex, type Hash } from "../protocol/bytes.js";
import { keccak } from "../protocol/signing.js";

/** What is kept about an epoch beside its leaf file; must survive JSON, so amounts are strings. */
export interface EpochMeta {
  /** keccak256 of the leaf file. */
  readonly dataHash: Hash;
}

export interface StoredEpoch<M extends EpochMeta> {
  readonly epoch: bigint;
  readonly leafFile: Uint8Array;
  readonly meta: M;
}

/** The committed epochs: their leaf files and reports. What it gives out has the hash that its report names. */
export interface EpochStore<M extends EpochMeta> {
  /**
   * Keeps an epoch durably, in place of what there was for it. Rejects with `DATA_HASH_MISMATCH` when the leaf file is not
   * the one that `meta` names.
   */
  put(epoch: bigint, leafFile: Uint8Array, meta: M): Promise<void>;
  /** Undefined when the epoch is not kept. Rejects with `STORAGE_CORRUPT` when what is kept was changed. */
  get(epoch: bigint): Promise<StoredEpoch<M> | undefined>;
  /** The epoch with the highest number; rejects as `get` does. */
  latest(): Promise<StoredEpoch<M> | undefined>;
  /** Ascending. */
  list(): Promise<bigint[]>;
}

/** Throws `DATA_HASH_MISMATCH` unless the leaf file is the one that the report names. */
export function checkDataHash(epoch: bigint, leafFile: Uint8Array, meta: EpochMeta): void {
  if (epoch < 0n) throw new KeeperError("EPOCH_INVALID", `there is no epoch ${epoch}`);
  const found = bytesToHex(keccak(leafFile));
  if (found === meta.dataHash.toLowerCase()) return;
  const message = `the leaf file of epoch ${epoch} has the hash ${found}, its report says ${meta.dataHash}`;
  throw new KeeperError("DATA_HASH_MISMATCH", message);
}
