import type { Clock } from "../../core/clock.js";
import { describeError, errorCode, KeeperError } from "../../core/errors.js";
import type { EngineErrorCode } from "../engine.js";

const NOT_CONNECTED = new Set(["ECONNREFUSED", "ECONNRESET", "ENOENT", "EPIPE", "ETIMEDOUT", "EACCES", "EPERM"]);
const GOING = /daemon is shutting down|connection error|transport is closing|context canceled|containerd|grpc/i;
const REFUSED = "permission denied|EACCES|EPERM";

/** What registries answer, as daemons pass it on, in the order in which it is asked. */
const PULL_FAILURES: readonly (readonly [RegExp, EngineErrorCode])[] = [
  [
    /pull access denied|unauthorized|authentication required|no basic auth credentials|denied:|forbidden/i,
    "IMAGE_DENIED",
  ],
  [
    /manifest unknown|not found|does not exist|no such image|invalid reference|no matching manifest/i,
    "IMAGE_NOT_FOUND",
  ],
  [/dial tcp|no such host|timeout|connection re|EOF|TLS|x509|http response to https/i, "REGISTRY_UNREACHABLE"],
  [/toomanyrequests|too many requests|received unexpected HTTP status: 5/i, "REGISTRY_UNREACHABLE"],
];

const RETRIABLE = new Set<EngineErrorCode>(["ENGINE_UNAVAILABLE", "REGISTRY_UNREACHABLE"]);

export function engineError(code: EngineErrorCode, message: string, cause?: unknown): KeeperError {
  return new KeeperError(code, message, { retriable: RETRIABLE.has(code), cause });
}

/** HTTP status of the daemon's answer; undefined when there was none. */
export function statusCode(error: unknown): number | undefined {
  const status = typeof error === "object" && error !== null && "statusCode" in error ? error.statusCode : undefined;
  return typeof status === "number" ? status : undefined;
}

/**
 * What a failed call of the daemon means. `codes` name the HTTP states that mean something particular to the call.
 * @param what was tried, as in "docker cannot <what>"
 */
export function translate(
  error: unknown,
  what: string,
  codes: Readonly<Record<number, EngineErrorCode>> = {},
): KeeperError {
  if (error instanceof KeeperError) return error;
  if (isAway(error)) return unavailable(error);
  const code = codes[statusCode(error) ?? 0] ?? "ENGINE_FAILED";
  return engineError(code, `docker cannot ${what}: ${reasonOf(error)}`);
}

/** What a failed pull means, from the daemon's words. */
export function translatePull(error: unknown, image: string): KeeperError {
  if (error instanceof KeeperError) return error;
  if (isAway(error)) return unavailable(error);
  const reason = reasonOf(error);
  const found = PULL_FAILURES.find(([pattern]) => pattern.test(reason));
  return engineError(found?.[1] ?? "ENGINE_FAILED", `docker cannot pull ${image}: ${reason}`);
}

/** The operation's own outcome, or ENGINE_UNAVAILABLE when it takes too long: a daemon that dies may leave a call hanging. */
export async function within<T>(clock: Clock, limitMs: number, what: string, operation: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.schedule(limitMs, () =>
    late.reject(engineError("ENGINE_UNAVAILABLE", `docker did not ${what} within ${limitMs} ms`)),
  );
  try {
    return await Promise.race([operation, late.promise]);
  } finally {
    cancel();
  }
}

function isAway(error: unknown): boolean {
  const status = statusCode(error);
  if (status === undefined) return NOT_CONNECTED.has(errorCode(error) ?? "") || describeError(error).includes("socket");
  return status === 503 || (status >= 500 && GOING.test(reasonOf(error)));
}

function unavailable(error: unknown): KeeperError {
  const reason = reasonOf(error);
  const advice = new RegExp(REFUSED).test(reason) ? ": may this user use its socket?" : ": is it running?";
  return engineError("ENGINE_UNAVAILABLE", `docker does not answer${advice} (${reason})`, error);
}

/** The daemon's own sentence, without what the HTTP client wraps around it. */
function reasonOf(error: unknown): string {
  return describeError(error)
    .replace(/^\(HTTP code \d+\) [^-]*- /, "")
    .trim();
}
