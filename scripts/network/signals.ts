import type { Clock } from "../../keepers/core/clock.js";

/** The part of `process` that signals need. */
export interface Signals {
  on(event: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * One Ctrl-C reaches the process twice when npm runs it: from the terminal, and handed on by npm. What comes this soon after
 * the first is the same one. Milliseconds.
 */
const SAME_MS = 400;
const INTERRUPTED = 130;

/** Aborts on the first SIGINT or SIGTERM; a second one ends the process at once. */
export function stopOnSignals(
  stop: AbortController,
  { signals, clock }: { signals: Signals; clock: Pick<Clock, "now"> },
): void {
  let first: number | undefined;
  const onSignal = (): void => {
    if (first === undefined) {
      first = clock.now();
      stop.abort(new Error("stopped by a signal"));
    } else if (clock.now() - first > SAME_MS) {
      signals.exit(INTERRUPTED);
    }
  };
  signals.on("SIGINT", onSignal);
  signals.on("SIGTERM", onSignal);
}
