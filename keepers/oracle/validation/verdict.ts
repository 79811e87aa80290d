/**
 * Why an oracle message goes no further, and whose fault that is. "ignore": nobody's, for messages get repeated, relayed and
 * overtaken, and oracles see the chain at different moments. "reject": an honest oracle does not send this. The codes are
 * metric labels, so they are all listed here.
 */
export const MESSAGE_CODES = {
  own: "ignore",
  oversized: "reject",
  malformed: "reject",
  "wrong-chain": "reject",
  "wrong-ledger": "reject",
  "not-an-oracle": "reject",
  "out-of-window": "ignore",
  flooding: "reject",
  forged: "reject",
  "queue-full": "ignore",
  "not-a-member": "reject",
  "wrong-epoch": "ignore",
  "wrong-attempt": "ignore",
  "not-for-agreement": "reject",
  "too-late": "ignore",
  duplicate: "ignore",
  equivocation: "reject",
  "subjects-differ": "ignore",
  "not-the-leader": "reject",
  "round-too-far": "ignore",
  "unknown-request": "ignore",
  "bad-certificate": "reject",
  "bad-signature": "reject",
  "other-report": "ignore",
  unwanted: "ignore",
  "not-the-file": "reject",
} as const satisfies Record<string, "ignore" | "reject">;

export type MessageCode = keyof typeof MESSAGE_CODES;

export interface Accepted {
  readonly outcome: "accept";
}

export interface Refused<Code extends MessageCode = MessageCode> {
  readonly outcome: "ignore" | "reject";
  readonly code: Code;
}

/** What becomes of a message. */
export type Verdict<Code extends MessageCode = MessageCode> = Accepted | Refused<Code>;

export const ACCEPT: Accepted = { outcome: "accept" };

export function refuse<Code extends MessageCode>(code: Code): Refused<Code> {
  return { outcome: MESSAGE_CODES[code], code };
}
