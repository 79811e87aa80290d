import { ENVELOPE_BYTES, type MessageOf } from "../../protocol/oracleMessages.js";
import { ACCEPT, refuse, type Verdict } from "./verdict.js";
import type { RequestView } from "./views.js";

/** What is asked for, and its hash. */
export const REQUEST_BYTES = ENVELOPE_BYTES + 1 + 32;

/** Answers on their way to one oracle, at most: it asks for a thing and for what it builds on. */
export const MOST_PENDING = 2;

/**
 * A REQUEST is worth an answer when this oracle has one, is not about to send it already, and is not being made to shout;
 * "unknown-request" is nobody's fault, for others may have what is asked for.
 */
export function validateRequest(
  message: MessageOf<"request">,
  { holds, isAnswering, pendingOf }: RequestView,
): Verdict<"duplicate" | "flooding" | "unknown-request"> {
  if (isAnswering(message)) return refuse("duplicate");
  if (pendingOf(message.sender) >= MOST_PENDING) return refuse("flooding");
  return holds(message) ? ACCEPT : refuse("unknown-request");
}
