import { type Address, EncodingError } from "../../protocol/bytes.js";
import type { OracleKind } from "../../protocol/oracleBodies.js";
import {
  decodeMessage,
  type DecodedOracleMessage,
  type MessagePreview,
  messageSigner,
  type OracleContext,
  oracleTopic,
  previewMessage,
} from "../../protocol/oracleMessages.js";
import { type Flow, KIND_RULES } from "./registry.js";
import type { SizeLimits } from "./sizes.js";
import { type MessageCode, refuse, type Refused } from "./verdict.js";

/** What the verdict on an envelope depends on besides topic and bytes. */
export interface EnvelopeRules {
  readonly context: OracleContext;
  readonly me: Address;
  /** Whether an account is an oracle, now or in an epoch that is still open here. */
  readonly isOracle: (account: Address) => boolean;
  /** Whether anything can still be said about an epoch, in an attempt. */
  readonly isOpen: (preview: Pick<MessagePreview, "kind" | "epoch" | "attempt">) => boolean;
  /** How large messages about an epoch may be. */
  readonly limitsOf: (epoch: bigint) => SizeLimits;
  /** Whether another message of this publisher is looked at; `isRelayed`: it is somebody else's words. */
  readonly admits: (publisher: Address, flow: Flow, isRelayed: boolean) => boolean;
}

/** The verdict, and the kind that the message claims to be of; "unknown" when it is of none. */
export type EnvelopeVerdict = { readonly kind: OracleKind | "unknown" } & (
  { readonly outcome: "accept"; readonly decoded: DecodedOracleMessage } | Refused
);

/**
 * What all kinds have in common: the cheap questions first, from the fixed fields at the beginning, then the publisher's
 * share of attention, and the signature, the dear one, last. Never throws.
 *
 * A message may be relayed, so its topic proves nothing about its sender. But the broker lets an oracle publish under its own
 * topic only, so the topic names who is to blame for the work: a flood in another's name is the flooder's.
 */
export function validateEnvelope(topic: string, payload: Uint8Array, rules: EnvelopeRules): EnvelopeVerdict {
  const preview = previewMessage(payload);
  if (!preview) return { kind: "unknown", ...refuse("malformed") };
  const { kind } = preview;
  const wrong = checkPreview(topic, payload.length, preview, rules);
  if (wrong) return { kind, ...refuse(wrong) };
  const decoded = decode(payload, rules.context);
  if (!decoded) return { kind, ...refuse("malformed") };
  if (messageSigner(decoded) !== preview.sender) return { kind, ...refuse("forged") };
  return { kind, outcome: "accept", decoded };
}

function checkPreview(
  topic: string,
  length: number,
  preview: MessagePreview,
  rules: EnvelopeRules,
): MessageCode | undefined {
  return (
    checkPlace(preview, rules) ?? checkSpeakers(topic, preview, rules) ?? checkShare(topic, length, preview, rules)
  );
}

function checkPlace({ chainId, ledger }: MessagePreview, { context }: EnvelopeRules): MessageCode | undefined {
  if (chainId !== context.chainId) return "wrong-chain";
  return ledger === context.ledger ? undefined : "wrong-ledger";
}

function checkSpeakers(topic: string, preview: MessagePreview, rules: EnvelopeRules): MessageCode | undefined {
  if (preview.sender === rules.me) return "own";
  if (!rules.isOracle(preview.sender)) return "not-an-oracle";
  const publisher = publisherOf(topic, rules.context);
  return publisher !== undefined && rules.isOracle(publisher) ? undefined : "not-an-oracle";
}

function checkShare(
  topic: string,
  length: number,
  preview: MessagePreview,
  rules: EnvelopeRules,
): MessageCode | undefined {
  const { maximumBytes, flow } = KIND_RULES[preview.kind];
  if (!rules.isOpen(preview)) return "out-of-window";
  if (length > maximumBytes(rules.limitsOf(preview.epoch))) return "oversized";
  const publisher = publisherOf(topic, rules.context) as Address;
  return rules.admits(publisher, flow, publisher !== preview.sender) ? undefined : "flooding";
}

/** The oracle under whose topic a message came. */
function publisherOf(topic: string, { chainId }: OracleContext): Address | undefined {
  const prefix = oracleTopic(chainId, "");
  return topic.startsWith(prefix) ? topic.slice(prefix.length) : undefined;
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
