/** Milliseconds, but for `growth`. */
export interface Timeouts {
  /** Longest wait for a quorum of seals. */
  readonly sealing: number;
  /** Longest wait for a quorum of opened reports. */
  readonly opening: number;
  /** Wait for the rest once a quorum is there. */
  readonly gather: number;
  /** Round 0's wait in each step; every round adds one `step`. */
  readonly base: number;
  readonly step: number;
  /** No round waits longer in a step. */
  readonly longest: number;
  /** Between repetitions of what was said and not yet acted upon. */
  readonly resend: number;
}

/** How the epoch went, by this oracle's own clock. */
export interface Measured {
  /** From entering round 0 to the decision. */
  readonly decisionMs: number;
  /** The round in which it was decided. */
  readonly round: number;
}

export interface BaseBounds {
  readonly least: number;
  readonly most: number;
}

/** How long a step of a round may take. It grows, so that whatever the network's delay, some round is long enough. */
export function roundTimeout({ base, step, longest }: Timeouts, round: number): number {
  return Math.min(base + round * step, longest);
}

/**
 * The next epoch's time-outs: half as long again when round 0 was not enough, else a quarter of the way to twice what the
 * decision took. Moving slowly down and fast up costs little when an epoch was only lucky.
 */
export function adaptTimeouts(timeouts: Timeouts, measured: Measured, bounds: BaseBounds): Timeouts {
  const { base } = timeouts;
  const wanted = measured.round > 0 ? base * 1.5 : base * 0.75 + measured.decisionMs * 0.5;
  return { ...timeouts, base: Math.round(Math.min(Math.max(wanted, bounds.least), bounds.most)) };
}
