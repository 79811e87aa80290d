import type { ByzantineKind } from "./kinds.js";
import { doubleVoter, equivocator, forger, leafLiar, liar, missigner } from "./lying.js";
import type { MakeBehaviour } from "./puppet.js";
import { copier, flooder, replayer, silent, whisperer, withholder } from "./speaking.js";

export const BEHAVIOURS: Readonly<Record<ByzantineKind, MakeBehaviour>> = {
  silent,
  withholder,
  whisperer,
  equivocator,
  copier,
  forger,
  liar,
  flooder,
  replayer,
  doubleVoter,
  leafLiar,
  missigner,
};
