import { describeError, errorCode, maskUrls } from "./errors.js";
import { Secret } from "./secret.js";

const secretName =
  /pass(word|phrase)|private_?key|mnemonic|secret|credential|authorization|(^|_)token$|Token$|cookie/iu;
const maximumDepth = 6;
const maximumBytes = 64;

/**
 * A copy fit for a log: values under names that mean a secret become `[redacted]`, credentials inside URLs are masked,
 * bigint becomes a decimal string, bytes become hex (at most 64), errors become `{message, code, stack}`.
 */
export function redact(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactObject(fields, 0);
}

function redactObject(value: object, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    result[name] = secretName.test(name) && item !== undefined ? "[redacted]" : redactValue(item, depth + 1);
  }
  return result;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string") return maskUrls(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > maximumDepth) return "[too deep]";
  return redactInstance(value, depth);
}

function redactInstance(value: object, depth: number): unknown {
  if (value instanceof Secret) return value.toString();
  if (value instanceof Uint8Array) return hex(value);
  if (value instanceof Error) return redactError(value);
  if (value instanceof Map) return redactValue([...value], depth);
  if (value instanceof Set || Array.isArray(value)) return [...value].map((item) => redactValue(item, depth + 1));
  return redactObject(value, depth);
}

function redactError(error: Error): Record<string, unknown> {
  return { message: describeError(error), code: errorCode(error), stack: maskUrls(error.stack ?? "") };
}

function hex(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, maximumBytes)).toString("hex");
  return bytes.length > maximumBytes ? `0x${shown}… (${bytes.length} bytes)` : `0x${shown}`;
}
