import { ENVELOPE_BYTES, type MessageOf, reportHash } from "../../protocol/oracleMessages.js";
import { LINKS_MARGIN, type SizeLimits } from "./sizes.js";
import { ACCEPT, refuse, type Verdict } from "./verdict.js";
import type { EpochView } from "./views.js";

/** Salt, hash of the links, count, and a byte for each link. */
export function reportBytes({ links }: Pick<SizeLimits, "links">): number {
  return ENVELOPE_BYTES + 32 + 32 + 4 + links + LINKS_MARGIN;
}

/**
 * A REPORT counts when it is the one that its sender sealed first, and about the same links as mine. One without a seal waits
 * for it, one for each member; "equivocation": it is another than the sealed one.
 */
export function validateReport(
  message: MessageOf<"report">,
  { config, members }: EpochView,
): Verdict<"duplicate" | "equivocation" | "links-differ"> {
  const { seal, report, early } = members.get(message.sender) ?? {};
  if (!seal) return early ? refuse("duplicate") : ACCEPT;
  if (reportHash(config.context, message) !== seal.reportHash) return refuse("equivocation");
  if (report) return refuse("duplicate");
  const isAboutMyLinks = message.linksHash === config.linksHash && message.availability.length === config.linkCount;
  return isAboutMyLinks ? ACCEPT : refuse("links-differ");
}
