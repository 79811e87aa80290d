/** Ways in which an oracle may break the rules; see the file of the same name or `speaking.ts` for what each does. */
export const BYZANTINE_KINDS = [
  "silent",
  "withholder",
  "whisperer",
  "equivocator",
  "copier",
  "forger",
  "liar",
  "flooder",
  "replayer",
  "doubleVoter",
  "leafLiar",
  "missigner",
] as const;
export type ByzantineKind = (typeof BYZANTINE_KINDS)[number];
