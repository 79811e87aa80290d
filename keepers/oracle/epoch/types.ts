import type { Address, Hash } from "../../protocol/bytes.js";
import type { Link } from "../../protocol/links.js";
import type { EpochReport } from "../../protocol/typedData.js";
import type { EpochMeta } from "../../storage/epochStore.js";

/** What the chain said at the last block of an epoch. */
export interface EpochSnapshot {
  /** Ascending by deed. */
  readonly links: readonly Link[];
  /** The oracle set, ascending. */
  readonly oracles: readonly Address[];
}

/** The chain as the agreement sees it. */
export interface EpochChain {
  /** Undefined until a block after the epoch's end is known. */
  snapshotOf(epoch: bigint): Promise<EpochSnapshot | undefined>;
  /** The last epoch committed on chain; undefined before the first. */
  lastCommit(): EpochReport | undefined;
  /** The commit before that one. */
  previousCommit(): EpochReport | undefined;
  /** The oracle set now, ascending. */
  oracles(): readonly Address[];
  /** Tells that any of the above may have changed; gives a function that ends the telling. */
  onChange(listener: () => void): () => void;
}

/** This oracle's own measurements. */
export interface Observer {
  /** One availability byte per link, in the order given (eq. 8). */
  observe(epoch: bigint, links: readonly Link[]): Uint8Array;
}

/** Brings a signed report to the chain. */
export interface CommitSender {
  /** Resolves when mined. Rejects with a `KeeperError`; one that is not retriable is a refusal by the contract. */
  commit(report: EpochReport, signatures: readonly Uint8Array[]): Promise<void>;
}

/** What is kept beside an epoch's leaf file. Numbers as decimal strings. */
export interface DecidedEpoch extends EpochMeta {
  readonly previousRoot: Hash;
  readonly root: Hash;
  readonly leafCount: string;
  /** Oracles whose reports were agreed on; empty when the epoch was adopted from the chain. */
  readonly reporters: readonly Address[];
}

/** What happens to an epoch, for whoever watches. */
export type EpochEvent =
  | { readonly type: "started"; readonly epoch: bigint; readonly oracles: number; readonly links: number }
  | { readonly type: "round"; readonly epoch: bigint; readonly round: number; readonly step: string }
  | { readonly type: "decided"; readonly epoch: bigint; readonly round: number; readonly root: Hash | undefined }
  | { readonly type: "committed"; readonly epoch: bigint; readonly root: Hash }
  | { readonly type: "adopted"; readonly epoch: bigint; readonly root: Hash }
  | { readonly type: "halted"; readonly epoch: bigint; readonly why: string };

export type EpochListener = (event: EpochEvent) => void;
