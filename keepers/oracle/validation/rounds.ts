/** Rounds beyond the current one in which messages are kept; further ones only count towards following the others. */
export const ROUNDS_AHEAD = 8;

/** @param current −1 before the first round */
export function isTooFar(round: number, current: number): boolean {
  return round > Math.max(current, 0) + ROUNDS_AHEAD;
}
