import type { Clock } from "./clock.js";

/** The part of `process` that signals need; tests pass their own. */
export interface SignalTarget {
  on(event: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  off(event: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * One Ctrl-C reaches a process twice when npm runs it: from the terminal, and handed on by npm. What comes this soon after
 * the first is the same one. Milliseconds.
 */
const SAME_MS = 400;
const INTERRUPTED = 130;

/** Calls `onFirst` on the first SIGINT or SIGTERM; a second one exits at once with 130. Gives a function that ends this. */
export function onStopSignal(
  onFirst: () => void,
  { target, clock }: { readonly target: SignalTarget; readonly clock: Pick<Clock, "now"> },
): () => void {
  let first: number | undefined;
  const onSignal = (): void => {
    if (first === undefined) {
      first = clock.now();
      onFirst();
    } else if (clock.now() - first > SAME_MS) {
      target.exit(INTERRUPTED);
    }
  };
  target.on("SIGINT", onSignal);
  target.on("SIGTERM", onSignal);
  return () => {
    target.off("SIGINT", onSignal);
    target.off("SIGTERM", onSignal);
  };
}
