import { z } from "zod";
import { Secret } from "../core/secret.js";
import type { Address } from "../protocol/bytes.js";
import { type DeedId, parseDeedId, parseDeedName } from "../protocol/deedId.js";

/** What an oracle gives a node that proved its key and whose deed is in order. */
export interface NodeSession {
  readonly node: Address;
  readonly deed: DeedId;
  readonly owner: Address;
  readonly brokerUrl: string;
  readonly username: string;
  readonly password: Secret;
  /** Unix seconds; the credentials are worth nothing afterwards. */
  readonly expiresAt: number;
  /** All in seconds. */
  readonly epoch: { readonly genesis: number; readonly duration: number; readonly slotSeconds: number };
  /** Milliseconds between heartbeats, and how many blocks old the named block may be. */
  readonly heartbeat: { readonly intervalMs: number; readonly freshBlocks: number };
  /** The oracles as the answering one names them. */
  readonly oracles: readonly string[];
}

/** An oracle's "no", with the first condition that failed. */
export interface Refusal {
  /** `NODE_NOT_ASSOCIATED`, `DEED_NOT_OWNED`, `OPERATOR_NOT_APPROVED`, `OPERATOR_BANNED`, `DEED_BANNED`, or one unknown here. */
  readonly code: string;
  /** In the oracle's words; printable, at most 300 characters. */
  readonly message: string;
  /** URL of the oracle. */
  readonly oracle: string;
}

const brokerSchemes = ["mqtt:", "mqtts:", "ws:", "wss:"];
const maximumSeconds = 2 ** 40;
const maximumMessage = 300;
/** An oracle that asked for fewer heartbeats would cost the node its slots. */
const longestIntervalMs = 15_000;

const seconds = z.int().min(0).max(maximumSeconds);
const positive = z.int().min(1).max(maximumSeconds);

const addressSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/u, "not an address")
  .transform((text) => text.toLowerCase());

/** A deed as its name ("ND:5") or as its id, in decimal or hex digits. */
export const deedSchema = z.string().transform((text, context): DeedId => {
  try {
    if (!/^(?:\d{1,78}|0x[0-9a-fA-F]{1,64})$/u.test(text)) return parseDeedName(text);
    parseDeedId(BigInt(text));
    return BigInt(text);
  } catch {
    context.addIssue({ code: "custom", message: "not a deed" });
    return z.NEVER;
  }
});

/** 32 bytes as 0x and 64 hex digits; lower-case afterwards. */
export const hashSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/u, "not 32 bytes")
  .transform((text) => text.toLowerCase());

export const challengeSchema = z.object({ challenge: hashSchema, expiresAt: positive });

/** Fields that an oracle adds later are ignored, so that older nodes go on. */
export const sessionSchema: z.ZodType<NodeSession> = z.object({
  node: addressSchema,
  deed: deedSchema,
  owner: addressSchema,
  brokerUrl: z.string().max(1_000).refine(isBrokerUrl, "not a broker's URL"),
  username: z.string().min(1).max(256),
  password: z
    .string()
    .min(1)
    .max(1_024)
    .transform((text) => new Secret(text)),
  expiresAt: positive,
  epoch: z.object({ genesis: seconds, duration: positive, slotSeconds: positive }),
  heartbeat: z.object({ intervalMs: z.int().min(100).max(longestIntervalMs), freshBlocks: positive }),
  oracles: z.array(z.string().max(1_000)).max(64),
});

export const refusalSchema = z.object({
  code: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/u),
  message: z.string().transform(printable),
});

/** Text from outside made fit for a terminal: no control characters, at most 300 others. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").slice(0, maximumMessage);
}

function isBrokerUrl(text: string): boolean {
  return URL.canParse(text) && brokerSchemes.includes(new URL(text).protocol);
}
