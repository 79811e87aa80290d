import { MAX_ORACLES } from "../../protocol/oracleValue.js";

/** What the lengths of messages follow from. */
export interface SizeLimits {
  /** Links and seats of the epoch that the message is about; `MAX_SUBJECTS` when this oracle does not know them yet. */
  readonly subjects: number;
  /** Leaves of the largest file that is asked for. */
  readonly leaves: number;
}

/** Most members of a set, and so of a value's reports and of a certificate. */
export const MOST_ORACLES = MAX_ORACLES;

/** Most deeds with a node at any time: 46,224 Node Deeds, and room for the Master Node Deeds and the Genesis one. */
const MAX_LINKS = 65_536;

/** Most seats in an epoch: two for each Node Deed, and more. Every one is paid for. */
const MAX_SEATS = 131_072;

/** Most bytes of a report. */
export const MAX_SUBJECTS = MAX_LINKS + MAX_SEATS;

/** Most leaves of a file that this oracle does not wait for itself: assignments keep theirs when they are over. */
export const MAX_LEAVES = 786_432;

/** How many more subjects another oracle may see, whose chain is a few blocks ahead; its report then differs, and says so. */
export const SUBJECTS_MARGIN = 1_024;
