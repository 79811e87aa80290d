import { MAX_ORACLES } from "../../protocol/oracleValue.js";

/** What the lengths of messages follow from. */
export interface SizeLimits {
  /** Links of the epoch that the message is about; `MAX_LINKS` when this oracle does not know them yet. */
  readonly links: number;
  /** Leaves of the largest file that is asked for. */
  readonly leaves: number;
}

/** Most members of a set, and so of a value's reports and of a certificate. */
export const MOST_ORACLES = MAX_ORACLES;

/** Most deeds with a node at any time: 46,224 Node Deeds, and room for the Master Node Deeds and the Genesis one. */
export const MAX_LINKS = 65_536;

/** How many more links another oracle may see, whose chain is a few blocks ahead; its report then differs, and says so. */
export const LINKS_MARGIN = 1_024;
