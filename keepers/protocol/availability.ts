/** The byte of a node that was heard in every slot. */
export const FULL_AVAILABILITY = 255;

/** An oracle reports only when its own node's last decided byte was at least this (98 %). */
export const ELIGIBLE_AVAILABILITY = 250;

/**
 * `H = ⌊received / expected × 255⌋` (eq. 8), in slots.
 * @throws RangeError unless `0 ≤ received ≤ expected` and there was at least one slot
 */
export function availabilityByte(received: number, expected: number): number {
  if (!Number.isSafeInteger(received) || !Number.isSafeInteger(expected) || expected < 1) {
    throw new RangeError(`slots: got ${received} of ${expected}, want whole numbers and at least one expected`);
  }
  if (received < 0 || received > expected) {
    throw new RangeError(`slots: got ${received} received, want 0 to ${expected}`);
  }
  return Math.floor((received * FULL_AVAILABILITY) / expected);
}
