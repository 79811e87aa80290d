import type { Commit } from "../../chain/protocolState.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import type { Link } from "../../protocol/links.js";
import type { OracleMetrics } from "../metrics/oracleMetrics.js";

/** The committed epochs, as the chain has them. */
export interface CommitLog {
  lastCommit(): Commit | undefined;
  /** The last commit that nobody can take back any more. */
  lastActive(): Commit | undefined;
  /** `activeFrom`: Unix seconds. */
  activationOf(commit: Commit): { readonly activeFrom: number; readonly isActive: boolean };
  commitOf(epoch: bigint): Commit | undefined;
  /** The last commit before that of `epoch`. */
  commitBefore(epoch: bigint): Commit | undefined;
}

/** The leaf files this oracle keeps; an `EpochStore` is one. */
export interface LeafArchive {
  get(
    epoch: bigint,
  ): Promise<{ readonly leafFile: Uint8Array; readonly meta: { readonly dataHash: Hash } } | undefined>;
}

/** The active links now; a `LinkIndex` is one. */
export interface NodeDirectory {
  readonly links: readonly Link[];
  linkOfNode(node: Address): Link | undefined;
}

/** What the oracle says of itself. */
export interface OracleMonitor {
  /** Anything that JSON can say; bigint becomes a number or a decimal string. At least `epoch`, `phase`, `round`, `lag`. */
  status(): object;
  /** One sentence for each thing that is wrong; none when all is well. */
  problems(): readonly string[];
  /** None: they are not served, and nothing is counted. */
  readonly metrics?: OracleMetrics | undefined;
}
