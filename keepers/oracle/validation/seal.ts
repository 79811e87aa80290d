import { ENVELOPE_BYTES, type MessageOf } from "../../protocol/oracleMessages.js";
import { ACCEPT, refuse, type Verdict } from "./verdict.js";
import type { EpochView } from "./views.js";

/** A report's hash. */
export const SEAL_BYTES = ENVELOPE_BYTES + 32;

/** The first SEAL of a member counts; one that says something else is evidence against it. */
export function validateSeal(
  { sender, reportHash }: MessageOf<"seal">,
  { members }: EpochView,
): Verdict<"duplicate" | "equivocation"> {
  const first = members.get(sender)?.seal;
  if (!first) return ACCEPT;
  return refuse(first.reportHash === reportHash ? "duplicate" : "equivocation");
}
