import type { z } from "zod";
import type { BackoffOptions } from "../core/retry.js";

/** How one task is treated; what is absent is as the queue's options say. */
export interface TaskOptions {
  /**
   * While a task with this id waits or runs, another one with it is not added; one that died makes room for it. Default: an
   * id of its own.
   */
  readonly id?: string;
  /** Of the tasks with one key at most one runs at any time, in all processes that share the queue. */
  readonly key?: string;
  /** Not before this many milliseconds from now. */
  readonly delayMs?: number;
  /** Times it is tried before it counts as dead, at least 1. */
  readonly attempts?: number;
  readonly backoff?: BackoffOptions;
}

/** One attempt at a task. */
export interface TaskRun {
  readonly id: string;
  readonly key: string | undefined;
  /** 1 is the first; an attempt that a crash cut off counts. */
  readonly attempt: number;
  readonly attempts: number;
  /**
   * Aborts when the queue closes and the task took too long, and when another process may have taken the task over
   * (`TASK_LOST`). The handler should then leave off and reject: the task runs again, and an attempt that the closing cut off
   * does not count.
   */
  readonly signal: AbortSignal;
}

/**
 * Does a task. It may see a task again that it has done already (the process ended before that was noted), so doing it twice
 * must not hurt. A KeeperError that is not retriable makes the task dead at once; any other rejection is tried again.
 */
export type TaskHandler<T> = (task: T, run: TaskRun) => Promise<void>;

/** Tasks that are kept. */
export interface QueueCounts {
  /** For a free place, for their time, for their key or for their next attempt. */
  readonly waiting: number;
  readonly running: number;
  readonly dead: number;
}

/** Attempts whose end this process noted since it opened the queue. */
export type QueueTotals = Readonly<Record<"done" | "retried" | "died" | "interrupted", number>>;

/** A task that will not be tried again. */
export interface DeadTask {
  readonly id: string;
  readonly key: string | undefined;
  readonly task: unknown;
  /** Of the last attempt. */
  readonly error: string;
}

/**
 * Tasks that are done in the background, each at least once, however often the process ends in the middle. No order is
 * promised; tasks with one key that never failed run in the order they were added in.
 */
export interface WorkQueue<T> {
  /**
   * Resolves with the task's id once the task survives the end of this process. Rejects with `TASK_INVALID` (not what the
   * schema wants, too long, or it holds a Secret), `QUEUE_CLOSED`, or with `QUEUE_UNAVAILABLE`, `QUEUE_FULL` or `DISK_FULL`
   * (retriable; with an id of one's own trying again does not add it twice).
   */
  add(task: T, options?: TaskOptions): Promise<string>;
  /** Begins to do tasks; to be called at most once. A queue without a handler only adds. */
  process(handler: TaskHandler<T>): void;
  counts(): Promise<QueueCounts>;
  readonly totals: QueueTotals;
  /** The tasks that died last, oldest first. */
  dead(): Promise<readonly DeadTask[]>;
  /**
   * Begins no more tasks, gives those that run `closeMs` to end, then aborts their signals and waits a little more. What waits
   * is kept. Never rejects; idempotent.
   */
  close(): Promise<void>;
}

export interface QueueOptions<T> {
  /** Lower-case letters, digits and dashes; the processes that share a Redis and this name share the tasks. */
  readonly name: string;
  /** What a task is: a value of JSON, without secrets, since tasks are kept in the clear. */
  readonly schema: z.ZodType<T>;
  /** Tasks that run at once in this process. */
  readonly concurrency: number;
  readonly attempts: number;
  readonly backoff: BackoffOptions;
  /** Dead tasks that are kept; older ones are forgotten. */
  readonly deadLimit: number;
  /** Time that tasks get to end when the queue closes. */
  readonly closeMs: number;
}

/** What a handler gets, besides `closeMs`, to leave off after its signal has aborted. */
export const INTERRUPT_MS = 1_000;
