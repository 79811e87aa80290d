import type { Clock } from "./clock.js";
import { KeeperError } from "./errors.js";
import type { Random } from "./random.js";

/** Exponential back-off: the nth wait lies in `[1 − jitter, 1] × min(maximumMs, baseMs × factor^n)`. */
export interface BackoffOptions {
  readonly baseMs: number;
  readonly maximumMs: number;
  /** Default 2. */
  readonly factor?: number;
  /** 0 … 1, default 0.5. Spreads clients that failed together. */
  readonly jitter?: number;
}

export interface RetryOptions extends BackoffOptions {
  /** Attempts in all, at least 1; Infinity is allowed when a signal can end it. */
  readonly attempts: number;
  readonly signal?: AbortSignal;
  /** Default: what a KeeperError says of itself; every other error is tried again. */
  readonly isRetriable?: (error: unknown) => boolean;
  /** Called before each wait. */
  readonly onRetry?: (error: unknown, attempt: number, delayMs: number) => void;
}

/** Milliseconds to wait after the failure number `failures` (0 = the first). */
export function backoffDelay(failures: number, options: BackoffOptions, random: Random): number {
  const full = Math.min(options.maximumMs, options.baseMs * (options.factor ?? 2) ** failures);
  return full * (1 - (options.jitter ?? 0.5) * random.next());
}

/**
 * The first success of `operation(attempt)`, attempts counted from 1. Rejects with the last error, at once when it is not
 * retriable, or with the signal's reason.
 */
export async function retry<T>(
  operation: (attempt: number) => Promise<T>,
  options: RetryOptions,
  dependencies: { readonly clock: Clock; readonly random: Random },
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted();
    try {
      return await operation(attempt);
    } catch (error) {
      if (attempt >= options.attempts || !(options.isRetriable ?? retriableByDefault)(error)) throw error;
      const delayMs = backoffDelay(attempt - 1, options, dependencies.random);
      options.onRetry?.(error, attempt, delayMs);
      await dependencies.clock.sleep(delayMs, options.signal);
    }
  }
}

function retriableByDefault(error: unknown): boolean {
  return error instanceof KeeperError ? error.retriable : true;
}
