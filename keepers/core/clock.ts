import { KeeperError } from "./errors.js";

/** Takes a scheduled task back; harmless when the task has run already. */
export type Cancel = () => void;

/** What a clock runs. A returned promise is not waited for, but its failure is reported. */
export type ClockTask = () => unknown;

/** The only source of time. Everything outside this folder gets one injected, so that tests and simulations own time. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `task` once, `delayMs` milliseconds from now (a negative delay counts as 0), never before this call returns. */
  schedule(delayMs: number, task: ClockTask): Cancel;
  /** Resolves after `delayMs` milliseconds; rejects with the signal's reason as soon as the signal aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Longest delay a Node timer takes; longer ones are cut in pieces. */
const maximumTimerMs = 2 ** 31 - 1;

/** The machine's own clock. A task that fails ends the process as any unhandled error does, unless `onError` is given. */
export class SystemClock implements Clock {
  readonly #onError: (error: unknown) => void;

  constructor(options: { readonly onError?: (error: unknown) => void } = {}) {
    this.#onError = options.onError ?? rethrow;
  }

  now(): number {
    return Date.now();
  }

  schedule(delayMs: number, task: ClockTask): Cancel {
    let timer: NodeJS.Timeout;
    const arm = (remaining: number): void => {
      const piece = Math.min(remaining, maximumTimerMs);
      const next = remaining > piece ? () => arm(remaining - piece) : () => runTask(task, this.#onError);
      timer = setTimeout(next, piece);
    };
    arm(checkDelay(delayMs));
    return () => clearTimeout(timer);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }
}

/** Runs a task so that neither its throw nor its rejection gets lost. */
export function runTask(task: ClockTask, onError: (error: unknown) => void): void {
  try {
    const result = task();
    if (result instanceof Promise) result.catch(onError);
  } catch (error) {
    onError(error);
  }
}

/** `Clock.sleep` on top of `Clock.schedule`. */
export function sleepOn(clock: Pick<Clock, "schedule">, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.schedule(delayMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** A usable delay, or an error: a delay that is not a number would silently mean "at once". */
export function checkDelay(delayMs: number): number {
  if (Number.isNaN(delayMs) || delayMs === Infinity) {
    throw new KeeperError("DELAY_INVALID", `a delay must be a finite number of milliseconds, got ${delayMs}`);
  }
  return Math.max(0, delayMs);
}

function rethrow(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
