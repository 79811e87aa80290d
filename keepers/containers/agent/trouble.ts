import type { Random } from "../../core/random.js";
import { backoffDelay, type BackoffOptions } from "../../core/retry.js";
import type { ContainerSpec } from "../../protocol/jobSpec.js";

/** What a container of one generation went through. */
export interface Trouble {
  readonly generation: number | undefined;
  /** Ends and failures in a row that nobody asked for. */
  readonly failures: number;
  /** Earliest time for the next attempt. Milliseconds since 1970. */
  readonly notBefore: number;
  /** It ended and stays so: `badly` when it should not have. */
  readonly finished: "well" | "badly" | undefined;
  /** When it finished. Milliseconds since 1970. */
  readonly finishedAt: number;
  /** What went wrong last, in a sentence's part. */
  readonly reason: string | undefined;
}

export interface TroubleOptions {
  readonly backoff: BackoffOptions;
  /** Milliseconds of good health after which earlier failures are forgotten. */
  readonly stableMs: number;
}

/** An end that nobody asked for. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Since when it was in good health; undefined when it never was. Milliseconds since 1970. */
  readonly readySince: number | undefined;
}

/** A container that has not failed. */
export function noTrouble(generation: number | undefined): Trouble {
  return { generation, failures: 0, notBefore: 0, finished: undefined, finishedAt: 0, reason: undefined };
}

/** After an end: it is over, or is tried again after a wait that doubles from failure to failure. */
export function afterEnding(
  trouble: Trouble,
  ending: Ending,
  restart: ContainerSpec["restart"],
  options: TroubleOptions,
  random: Random,
): Trouble {
  const { at, code, reason, readySince } = ending;
  if (code === 0 && restart !== "always") return { ...trouble, finished: "well", finishedAt: at, reason: undefined };
  if (restart === "never") return { ...trouble, finished: "badly", finishedAt: at, reason };
  const wasStable = readySince !== undefined && at - readySince >= options.stableMs;
  return afterFailure(wasStable ? { ...trouble, failures: 0 } : trouble, reason, at, options, random);
}

/** After something that should have worked and did not. */
export function afterFailure(
  trouble: Trouble,
  reason: string,
  at: number,
  { backoff }: TroubleOptions,
  random: Random,
): Trouble {
  const notBefore = at + backoffDelay(trouble.failures, backoff, random);
  return { ...trouble, failures: trouble.failures + 1, notBefore, reason };
}
