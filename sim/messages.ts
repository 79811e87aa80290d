import { concatBytes } from "../keepers/protocol/bytes.js";
import {
  decodeMessage,
  type DecodedOracleMessage,
  encodeMessage,
  messageDigest,
  type OracleMessage,
} from "../keepers/protocol/oracleMessages.js";
import type { SigningKey } from "../keepers/protocol/signing.js";
import { CONTEXT } from "./context.js";

/** Reads envelopes once, however many oracles they go to. */
export class Envelopes {
  readonly #known = new WeakMap<Uint8Array, DecodedOracleMessage | "none">();

  /** Undefined when the bytes are no message. */
  read(bytes: Uint8Array): DecodedOracleMessage | undefined {
    const known = this.#known.get(bytes) ?? decode(bytes) ?? "none";
    this.#known.set(bytes, known);
    return known === "none" ? undefined : known;
  }
}

/** Signs a message whoever it says it is from; the signature is the key's, and worth nothing when that is another. */
export function signAnything(key: SigningKey, message: OracleMessage): Uint8Array {
  return concatBytes(encodeMessage(CONTEXT, message), key.sign(messageDigest(CONTEXT, message)));
}

/** For the trace. */
export function describe(decoded: DecodedOracleMessage | undefined): string {
  if (!decoded) return "no message";
  const { message } = decoded;
  const { kind, epoch, attempt, sender } = message;
  const round = "round" in message ? ` round ${message.round}` : "";
  const value = "valueId" in message ? ` ${message.valueId.slice(2, 8)}` : "";
  return `${kind} ${epoch}/${attempt}${round}${value} of ${sender.slice(2, 6)}`;
}

function decode(bytes: Uint8Array): DecodedOracleMessage | undefined {
  try {
    return decodeMessage(bytes, CONTEXT);
  } catch {
    return undefined;
  }
}
