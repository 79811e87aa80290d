import { type Address, EncodingError } from "../../protocol/bytes.js";
import {
  decodeMessage,
  type DecodedOracleMessage,
  MAX_ORACLE_MESSAGE_BYTES,
  messageSigner,
  type OracleContext,
} from "../../protocol/oracleMessages.js";

/** Why an oracle message is not looked at any further: bounded, for metrics. */
export type MessageRejection = "OVERSIZED" | "MALFORMED" | "NOT_AN_ORACLE" | "OUT_OF_WINDOW" | "FORGED";

export type MessageVerdict =
  | { readonly verdict: "accept"; readonly decoded: DecodedOracleMessage }
  | { readonly verdict: "ignore"; readonly code: "OWN" }
  | { readonly verdict: "reject"; readonly code: MessageRejection };

/** What the verdict depends on besides the bytes. */
export interface MessageRules {
  readonly context: OracleContext;
  readonly me: Address;
  /** Whether an account is an oracle, now or in an epoch that is still open here. */
  readonly isOracle: (account: Address) => boolean;
  /** Epochs that anything can still be said about. */
  readonly isOpen: (epoch: bigint) => boolean;
}

/** The cheap checks first; the signature, the dear one, last. A message may be relayed, so its topic proves nothing. */
export function validateMessage(payload: Uint8Array, rules: MessageRules): MessageVerdict {
  if (payload.length > MAX_ORACLE_MESSAGE_BYTES) return rejected("OVERSIZED");
  const decoded = decode(payload, rules.context);
  if (!decoded) return rejected("MALFORMED");
  const { sender, epoch } = decoded.message;
  if (sender === rules.me) return { verdict: "ignore", code: "OWN" };
  if (!rules.isOracle(sender)) return rejected("NOT_AN_ORACLE");
  if (!rules.isOpen(epoch)) return rejected("OUT_OF_WINDOW");
  return messageSigner(decoded) === sender ? { verdict: "accept", decoded } : rejected("FORGED");
}

function decode(payload: Uint8Array, context: OracleContext): DecodedOracleMessage | undefined {
  try {
    // The bus only lends the payload, and evidence outlives the call.
    return decodeMessage(payload.slice(), context);
  } catch (error) {
    if (error instanceof EncodingError) return undefined;
    throw error;
  }
}

function rejected(code: MessageRejection): MessageVerdict {
  return { verdict: "reject", code };
}
