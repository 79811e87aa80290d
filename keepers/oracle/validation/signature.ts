import { bytesToHex } from "../../protocol/bytes.js";
import { ENVELOPE_BYTES, type MessageOf } from "../../protocol/oracleMessages.js";
import { COMPACT_SIGNATURE_BYTES, recoverCompact } from "../../protocol/signing.js";
import { ACCEPT, refuse, type Verdict } from "./verdict.js";
import type { SubmissionView } from "./views.js";

/** A compact signature and the digest that it signs. */
export const SIGNATURE_MESSAGE_BYTES = ENVELOPE_BYTES + COMPACT_SIGNATURE_BYTES + 32;

/**
 * A SIGNATURE counts when it is its sender's, of the report that was decided here. One that comes before the decision is kept,
 * one for each oracle and epoch, and looked at again when it is used.
 */
export function validateSignature(
  { epoch, sender, compact, reportDigest }: MessageOf<"signature">,
  { committed, next, digestOf }: SubmissionView,
): Verdict<"too-late" | "other-report" | "bad-signature"> {
  if (epoch <= committed) return refuse("too-late");
  const digest = digestOf(epoch);
  if (!digest) return epoch >= next ? ACCEPT : refuse("too-late");
  if (bytesToHex(digest) !== reportDigest) return refuse("other-report");
  return recoverCompact(digest, compact) === sender ? ACCEPT : refuse("bad-signature");
}
