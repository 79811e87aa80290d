import type { Address, Hash } from "../../protocol/bytes.js";
import type { Link } from "../../protocol/links.js";

/** Who may be heard: the nodes with an active link, as the chain has it now. Asked for each heartbeat. */
export interface LinkDirectory {
  linkOfNode(node: Address): Link | undefined;
}

/** The last few blocks of this oracle's own view of the chain. */
export interface RecentBlocks {
  /** Number of the newest block; undefined before the first. */
  readonly head: number | undefined;
  /** Undefined for a block that is not on the current branch, or too long ago to be remembered. */
  numberOf(hash: Hash): number | undefined;
}
