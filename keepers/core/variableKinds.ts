import { statSync } from "node:fs";
import { resolve } from "node:path";
import { getAddress, SigningKey } from "ethers";
import { z } from "zod";
import { Secret } from "./secret.js";

/** What a variable may hold: how its text is read, how people are told, and whether its text may be shown. */
export interface VariableKind<T> {
  readonly schema: z.ZodType<T, string>;
  /** Ends the sentence "X wants …". */
  readonly wants: string;
  readonly secret: boolean;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Any text of 1 to `maximum` characters. */
export function text(maximum = 1_000): VariableKind<string> {
  return kind(`a text of at most ${maximum} characters`, z.string().max(maximum));
}

/** Any text, never shown. */
export function secretText(): VariableKind<Secret> {
  const schema = z.string().transform((value) => new Secret(value));
  return { schema, wants: "a secret text", secret: true };
}

/** An absolute URL with one of the schemes given, such as `["http", "https"]`. */
export function url(schemes: readonly string[]): VariableKind<string> {
  const valid = (value: string): boolean =>
    URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)) && new URL(value).hostname !== "";
  return kind(
    `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(" or ")}`,
    z.string().refine(valid),
  );
}

/** An address, given in lower-case; one written in mixed case must have its checksum right. */
export function address(): VariableKind<string> {
  const schema = parsed((value) => {
    if (!value.startsWith("0x")) throw new Error("no 0x");
    return getAddress(value).toLowerCase();
  });
  return kind("an address: 0x and 40 hexadecimal digits, checksum right when in mixed case", schema);
}

/** A secp256k1 private key, wrapped so that nothing prints it. */
export function privateKey(): VariableKind<Secret> {
  const schema = parsed((value) => {
    // Deriving the public key is what finds a number outside the curve's order.
    if (!value.startsWith("0x") || new SigningKey(value).publicKey === "") throw new Error("not a key");
    return new Secret(value);
  });
  return { schema, wants: "a private key: 0x and 64 hexadecimal digits, within the curve's order", secret: true };
}

/** A whole number in decimal digits, from `minimum` to `maximum`, both included. */
export function integer(minimum: number, maximum: number): VariableKind<number> {
  const inRange = (value: number): boolean => value >= minimum && value <= maximum;
  const schema = z
    .string()
    .regex(/^-?\d{1,16}$/u)
    .transform(Number)
    .refine(inRange);
  return kind(`a whole number from ${minimum} to ${maximum}`, schema);
}

/** A TCP port; 0 lets the system choose. */
export function port(): VariableKind<number> {
  return integer(0, 65_535);
}

/** A duration such as `500ms`, `20s`, `5m`, `24h` or `7d`, given in milliseconds. */
export function duration(minimumMs: number, maximumMs: number): VariableKind<number> {
  const schema = parsed((value) => {
    const match = /^(?<amount>\d{1,12})(?<unit>ms|s|m|h|d)$/u.exec(value);
    const milliseconds = Number(match?.groups?.["amount"]) * (unitMs[match?.groups?.["unit"] ?? ""] ?? Number.NaN);
    if (!(milliseconds >= minimumMs && milliseconds <= maximumMs)) throw new Error("out of range");
    return milliseconds;
  });
  return kind(`a duration such as 500ms, 20s, 5m or 24h, from ${minimumMs} ms to ${maximumMs} ms`, schema);
}

/** `true` or `false`. */
export function flag(): VariableKind<boolean> {
  const schema = parsed((value) => {
    if (value !== "true" && value !== "false") throw new Error("neither");
    return value === "true";
  });
  return kind("true or false", schema);
}

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): VariableKind<T> {
  const schema = parsed((value) => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new Error("not one of them");
    return found;
  });
  return kind(`one of ${words.join(", ")}`, schema);
}

/** A folder, given as an absolute path; it need not exist yet, but must not be a file. */
export function directory(): VariableKind<string> {
  const schema = parsed((value) => {
    if (value.includes("\0")) throw new Error("not a path");
    const path = resolve(value);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) throw new Error("a file");
    return path;
  });
  return kind("a folder, existing or not, that is not a file", schema);
}

/** Values of another kind, separated by commas; 1 to `maximum` of them. */
export function listOf<T>(item: VariableKind<T>, maximum: number): VariableKind<readonly T[]> {
  const schema = parsed((value) => {
    const parts = value.split(",").map((part) => item.schema.parse(part.trim()));
    if (parts.length > maximum) throw new Error("too many");
    return parts;
  });
  return { schema, wants: `1 to ${maximum} values separated by commas, each ${item.wants}`, secret: item.secret };
}

function kind<T>(wants: string, schema: z.ZodType<T, string>): VariableKind<T> {
  return { schema, wants, secret: false };
}

/** A schema out of a function that throws on what it does not accept. */
function parsed<T>(read: (value: string) => T): z.ZodType<T, string> {
  return z.string().transform((value, context) => {
    try {
      return read(value);
    } catch {
      context.addIssue({ code: "custom", message: "not accepted" });
      return z.NEVER;
    }
  });
}
