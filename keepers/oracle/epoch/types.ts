import type { Address, Hash } from "../../protocol/bytes.js";
import type { Disproof } from "../../protocol/disproof.js";
import type { Subjects } from "../../protocol/subjects.js";
import type { EpochReport } from "../../protocol/typedData.js";
import type { EpochMeta } from "../../storage/epochStore.js";

/** What the chain says about an epoch that has ended. */
export interface EpochSnapshot extends Subjects {
  /** Assignments that nobody will have to prove again, see `spentServices`. */
  readonly spent: ReadonlySet<Hash>;
  /** Who agrees on the epoch, ascending: those in the set from its start to its end, or to the attempt's beginning, if later. */
  readonly oracles: readonly Address[];
  /** The attempt at which those oracles agree on it. */
  readonly attempt: number;
  /** Whether the chain still ends the epoch with the block that this was read from; a reorganisation may have changed that. */
  readonly isCurrent: () => boolean;
}

/** The chain as the agreement sees it. */
export interface EpochChain {
  /** Undefined until a block after the epoch's end is known. */
  snapshotOf(epoch: bigint): Promise<EpochSnapshot | undefined>;
  /** The last epoch committed on chain, pending or not; undefined before the first. */
  lastCommit(): EpochReport | undefined;
  /** The commit before that one. */
  previousCommit(): EpochReport | undefined;
  /** Whether the last commit can still be disproved; false without one. Once it is false nobody can disprove it any more. */
  isPending(): boolean;
  /** How often the undecided epochs were begun anew, see `Attempts`: a part of what identifies an agreement. */
  attempt(): number;
  /** The oracle set now, ascending. */
  oracles(): readonly Address[];
  /** Tells that any of the above may have changed; gives a function that ends the telling. */
  onChange(listener: () => void): () => void;
}

export type Measured = Uint8Array | undefined;

/** This oracle's own measurements. */
export interface Observer {
  /**
   * One availability byte per link (eq. 8) and then one service byte per seat, in the order given; undefined when what was
   * heard cannot be read in time.
   */
  observe(epoch: bigint, subjects: Subjects): Measured | Promise<Measured>;
}

/** Brings to the chain what the oracles agreed on, and what they found wrong. */
export interface CommitSender {
  /** Resolves when mined. Rejects with a `KeeperError`; one that is not retriable is a refusal by the contract. */
  commit(report: EpochReport, signatures: readonly Uint8Array[]): Promise<void>;
  /** The same for the proof that the pending root of `epoch` is wrong. */
  disprove(epoch: bigint, disproof: Disproof): Promise<void>;
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
  | {
      readonly type: "started";
      readonly epoch: bigint;
      readonly oracles: number;
      readonly links: number;
      readonly seats: number;
    }
  | { readonly type: "round"; readonly epoch: bigint; readonly round: number; readonly step: string }
  /** `value`: its id; `root`: undefined where there is nothing to commit, or nothing that the chain would still take. */
  | {
      readonly type: "decided";
      readonly epoch: bigint;
      readonly round: number;
      readonly value: Hash;
      readonly root: Hash | undefined;
    }
  /** This oracle sent the commit; `stage`: its place in the order of submitters. */
  | {
      readonly type: "submission";
      readonly epoch: bigint;
      readonly stage: number;
      readonly outcome: "sent" | "refused" | "failed";
    }
  | { readonly type: "committed"; readonly epoch: bigint; readonly root: Hash }
  | { readonly type: "adopted"; readonly epoch: bigint; readonly root: Hash }
  /** The root was committed and is wrong; the proof is on its way to the ledger. */
  | { readonly type: "disputed"; readonly epoch: bigint; readonly root: Hash }
  | { readonly type: "halted"; readonly epoch: bigint; readonly why: string };

export type EpochListener = (event: EpochEvent) => void;
