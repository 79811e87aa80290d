import { expWad, WAD } from "./expWad.js";

/** How a deed's allocation is mined as its credited bytes add up. */
export interface EmissionSchedule {
  readonly curve: "linear" | "logistic";
  /** Wei that the deed mines in all. */
  readonly allocation: bigint;
  /** Epochs of full credit that mine all of it; positive. */
  readonly duration: bigint;
}

const FULL = 255n;
const STEEPNESS = 10n;
const INFLECTION_NUMERATOR = 437n;
const INFLECTION_DENOMINATOR = 677n;

/** Constants of the logistic curve: `B = e^(k·m)` and `C = (e^k + B)/(e^k − 1)`, 18 decimals. */
const TOP = expWad(STEEPNESS * WAD);
const OFFSET = expWad((STEEPNESS * INFLECTION_NUMERATOR * WAD) / INFLECTION_DENOMINATOR);
const SCALE = ((TOP + OFFSET) * WAD) / (TOP - WAD);

/**
 * Wei mined by a deed with that sum of credited bytes: `allocation × F(x)` with `x = min(cumulative / 255, duration)`.
 * Every division rounds down in the same place as in the contract, so that both give the same wei. It never decreases, and
 * is the whole allocation from full credit on.
 * @throws RangeError for a negative cumulative value or allocation, or a duration that is not positive
 */
export function minted(schedule: EmissionSchedule, cumulative: bigint): bigint {
  const { allocation, duration, curve } = schedule;
  if (cumulative < 0n || allocation < 0n || duration <= 0n) {
    throw new RangeError(`emission: got ${cumulative} bytes of ${allocation} wei over ${duration} epochs`);
  }
  const full = FULL * duration;
  if (cumulative >= full) return allocation;
  return curve === "linear" ? (allocation * cumulative) / full : logistic(allocation, cumulative, full);
}

/**
 * `(σ(k(x/D − m)) − σ(−km)) / (σ(k(1 − m)) − σ(−km))` written as `(E − 1)/(E + B) × C` with `E = e^(k·x/D)`: the same
 * function with one exponential, and without a difference of nearly equal numbers that would lose the first epochs' digits.
 */
function logistic(allocation: bigint, cumulative: bigint, full: bigint): bigint {
  const power = expWad((STEEPNESS * cumulative * WAD) / full);
  const share = (allocation * (power - WAD)) / (power + OFFSET);
  const scaled = (share * SCALE) / WAD;
  return scaled < allocation ? scaled : allocation;
}
