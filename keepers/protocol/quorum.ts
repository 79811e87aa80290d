const SMALLEST_QUORUM = 3;

/**
 * Oracles that must agree out of a set of `size`: more than two thirds, and never fewer than three. With three or fewer
 * than four members one silent oracle stops the network; it is refused elsewhere, not weakened here.
 * @throws RangeError when the size is not a whole number from 0.
 */
export function quorum(size: number): number {
  if (!Number.isSafeInteger(size) || size < 0)
    throw new RangeError(`size of the oracle set: got ${size}, want 0 or more`);
  return Math.max(Math.floor((2 * size) / 3) + 1, SMALLEST_QUORUM);
}
