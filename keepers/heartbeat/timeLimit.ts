import type { Clock } from "../core/clock.js";
import { KeeperError } from "../core/errors.js";

/**
 * The operation's outcome, or `TIME_LIMIT` (retriable) after `limitMs`. The operation itself is not stopped: what it does
 * later is ignored.
 */
export async function withTimeLimit<T>(
  what: string,
  limitMs: number,
  operation: Promise<T>,
  dependencies: { readonly clock: Clock },
): Promise<T> {
  const expiry = Promise.withResolvers<never>();
  const cancel = dependencies.clock.schedule(limitMs, () =>
    expiry.reject(new KeeperError("TIME_LIMIT", `${what} took longer than ${limitMs} ms`, { retriable: true })),
  );
  try {
    return await Promise.race([operation, expiry.promise]);
  } finally {
    cancel();
  }
}
