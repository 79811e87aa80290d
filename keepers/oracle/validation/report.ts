import { ENVELOPE_BYTES, type MessageOf, reportHash } from "../../protocol/oracleMessages.js";
import { SUBJECTS_MARGIN, type SizeLimits } from "./sizes.js";
import { ACCEPT, refuse, type Verdict } from "./verdict.js";
import type { EpochView } from "./views.js";

/** Salt, hash of the subjects, count, and a byte for each. */
export function reportBytes({ subjects }: Pick<SizeLimits, "subjects">): number {
  return ENVELOPE_BYTES + 32 + 32 + 4 + subjects + SUBJECTS_MARGIN;
}

/**
 * A REPORT counts when it is the one that its sender sealed first, and about the same links and seats as mine. One without a seal waits
 * for it, one for each member; "equivocation": it is another than the sealed one.
 */
export function validateReport(
  message: MessageOf<"report">,
  { config, members }: EpochView,
): Verdict<"duplicate" | "equivocation" | "subjects-differ"> {
  const { seal, report, early } = members.get(message.sender) ?? {};
  if (!seal) return early ? refuse("duplicate") : ACCEPT;
  if (reportHash(config.context, message) !== seal.reportHash) return refuse("equivocation");
  if (report) return refuse("duplicate");
  const isAboutMine = message.subjectsHash === config.subjectsHash && message.bytes.length === config.subjectCount;
  return isAboutMine ? ACCEPT : refuse("subjects-differ");
}
