import type { EpochClock } from "../../protocol/epochClock.js";

/** How far a heartbeat's own time may lie from the receiver's clock, milliseconds. */
export interface HeartbeatAges {
  readonly maximumAgeMs: number;
  readonly maximumAheadMs: number;
}

const MAXIMUM_AGE_MS = 30_000;
const MOST_AHEAD_MS = 5_000;
/** Most by which the clocks of two processes that hear for one oracle may differ. */
const CLOCK_SKEW_MS = 5_000;

/** A quarter of a slot ahead at most: after a restart, messages from before it cannot be told apart for longer than that. */
export function heartbeatAges({ slotSeconds }: EpochClock): HeartbeatAges {
  return { maximumAgeMs: MAXIMUM_AGE_MS, maximumAheadMs: Math.min(MOST_AHEAD_MS, slotSeconds * 250) };
}

/** Slots between two receptions of one heartbeat, at most: any later one is too old, whoever hears it. */
export function replaySlots(epochClock: EpochClock): number {
  const { maximumAgeMs, maximumAheadMs } = heartbeatAges(epochClock);
  return Math.ceil((maximumAgeMs + maximumAheadMs + CLOCK_SKEW_MS) / (epochClock.slotSeconds * 1_000));
}
