import type { EpochChain } from "./types.js";

/**
 * Runs a task for as long as a condition on the chain holds: gives what the task gives, or undefined once the condition no
 * longer holds, whether the task listened to its signal or not.
 * @param signal ends everything: then this rejects with its reason
 */
export async function whileHolds<T>(
  holds: () => boolean,
  { chain, signal }: { readonly chain: EpochChain; readonly signal: AbortSignal },
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const overtaken = new AbortController();
  const ended = Promise.withResolvers<never>();
  const either = AbortSignal.any([signal, overtaken.signal]);
  const end = () => ended.reject(either.reason as Error);
  either.addEventListener("abort", end, { once: true });
  const look = () => {
    if (!holds()) overtaken.abort(new Error("the chain went on without it"));
  };
  const forget = chain.onChange(look);
  try {
    look();
    signal.throwIfAborted();
    if (overtaken.signal.aborted) return undefined;
    return await Promise.race([task(either), ended.promise]);
  } catch (error) {
    if (overtaken.signal.aborted && !signal.aborted) return undefined;
    throw error;
  } finally {
    forget();
    either.removeEventListener("abort", end);
    ended.promise.catch(() => undefined);
  }
}
