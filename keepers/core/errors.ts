import { inspect } from "node:util";

const maximumDepth = 5;
const maximumLength = 2_000;

/** What is known about a failure besides its message; every part is optional. */
export interface KeeperErrorOptions {
  /** True when the same operation may succeed later without anybody changing anything. Default false. */
  readonly retriable?: boolean;
  /** The failure underneath. */
  readonly cause?: unknown;
}

/**
 * A failure that a keeper raises on purpose. `code` is upper-case, bounded in number (it serves as a metric label) and
 * stable; the message is for people and names what was tried and what to do.
 */
export class KeeperError extends Error {
  readonly code: string;
  readonly retriable: boolean;

  constructor(code: string, message: string, options: KeeperErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "KeeperError";
    this.code = code;
    this.retriable = options.retriable ?? false;
  }
}

/** The configuration cannot be used; `problems` has one line for each variable at fault. */
export class ConfigError extends KeeperError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super("CONFIG_INVALID", `invalid configuration, ${count}:\n${problems.map((line) => `  ${line}`).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** Replaces the user and password inside every URL of a text, because libraries put URLs in their messages. */
export function maskUrls(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#]+@/giu, "$1***@");
}

/** One line about any thrown value, with its causes, credentials in URLs masked, at most 2,000 characters. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  let current = error;
  for (let depth = 0; depth < maximumDepth && current !== undefined; depth += 1) {
    parts.push(describeOne(current));
    current = current instanceof Error ? current.cause : undefined;
  }
  return maskUrls(parts.join("; because ")).slice(0, maximumLength);
}

/** The `code` of an error when it has one (ours, Node's or ethers'). */
export function errorCode(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

function describeOne(error: unknown): string {
  if (error instanceof AggregateError) return `${error.message || "several errors"} (${listErrors(error.errors)})`;
  if (!(error instanceof Error)) return describeValue(error);
  const code = errorCode(error);
  const text = error.message === "" ? error.name : error.message;
  return code === undefined || text.includes(code) ? text : `${text} (${code})`;
}

function listErrors(errors: readonly unknown[]): string {
  return errors.map((error) => (error instanceof Error ? error.message : describeValue(error))).join(", ");
}

function describeValue(value: unknown): string {
  return typeof value === "string" ? value : inspect(value, { depth: 2, breakLength: Infinity });
}
