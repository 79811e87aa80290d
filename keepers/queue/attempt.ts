import type { z } from "zod";
import { describeError, KeeperError } from "../core/errors.js";
import type { Random } from "../core/random.js";
import { backoffDelay } from "../core/retry.js";
import { readTask, type TaskRecord } from "./task.js";
import type { QueueTotals, TaskHandler } from "./workQueue.js";

/** What became of one attempt. */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "retried"; readonly error: string; readonly delayMs: number }
  | { readonly kind: "died"; readonly error: string }
  /** Cut off from outside. */
  | { readonly kind: "interrupted" };

/** Why a task is dead whose last attempt never came to an end. */
export const CUT_OFF = "the process ended while the task ran, as often as it may be tried";

export interface Attempt {
  readonly record: TaskRecord;
  /** From 1. */
  readonly number: number;
  readonly signal: AbortSignal;
}

/** Tries a task once; never rejects. */
export async function attemptTask<T>(
  { record, number, signal }: Attempt,
  handler: TaskHandler<T>,
  { schema, random }: { readonly schema: z.ZodType<T>; readonly random: Random },
): Promise<Outcome> {
  const { id, key, attempts, backoff } = record;
  try {
    await handler(readTask(record.task, schema), { id, key, attempt: number, attempts, signal });
    return { kind: "done" };
  } catch (cause) {
    if (signal.aborted) return { kind: "interrupted" };
    const error = describeError(cause);
    const isHopeless = cause instanceof KeeperError && !cause.retriable;
    if (isHopeless || number >= attempts) return { kind: "died", error };
    return { kind: "retried", error, delayMs: Math.ceil(backoffDelay(number - 1, backoff, random)) };
  }
}

export function noTotals(): { -readonly [Kind in keyof QueueTotals]: number } {
  return { done: 0, retried: 0, died: 0, interrupted: 0 };
}
