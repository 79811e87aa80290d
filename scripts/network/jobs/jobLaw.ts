/** What service earns, in wei. Computed here and not on chain: both have to come to the same. */
export interface ServicePay {
  /** To the deed's owner. */
  readonly paid: bigint;
  readonly burned: bigint;
  /** For less than what was agreed: stays with whoever pays for the job. */
  readonly penalty: bigint;
}

const FULL_BYTE = 255n;
const AGREED_PERCENT = 98n;
/** Penalty: one in so many parts of what would be paid, rounded up. */
const PENALTY_PART = 10n;
const OWNER_PERCENT = 85n;

/** @param rate wei for an epoch of full service @param bytes service bytes of all `epochs` together */
export function payFor(rate: bigint, bytes: bigint, epochs: bigint): ServicePay {
  const most = FULL_BYTE * epochs;
  const served = bytes < most ? bytes : most;
  const gross = (rate * served) / FULL_BYTE;
  const penalty = served * 100n >= most * AGREED_PERCENT ? 0n : (gross + PENALTY_PART - 1n) / PENALTY_PART;
  const paid = ((gross - penalty) * OWNER_PERCENT) / 100n;
  return { paid, burned: gross - penalty - paid, penalty };
}
