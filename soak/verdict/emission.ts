/** What a deed mines, by the law of its class as the paper writes it, with arithmetic of any precision. */
import { Decimal } from "decimal.js";

import type { DeedTerms } from "../history.js";

const FULL = 255n;
const STEEPNESS = 10;
const INFLECTION = [437, 677] as const;
/**
 * The contract's curve has 18 decimals and rounds down in several places; so much of an allocation may be missing from the
 * exact value, and nothing may be too much.
 */
const CURVE_PARTS = 10n ** 15n;

const Exact = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_FLOOR });

/** Least and most wei that a deed can have mined with so many bytes: one and the same number where the law is a line. */
export function mintedBetween(terms: DeedTerms, cumulative: bigint): { readonly least: bigint; readonly most: bigint } {
  const { curve, allocation, duration } = terms;
  const full = FULL * duration;
  if (cumulative >= full) return { least: allocation, most: allocation };
  if (curve === "linear") {
    const exact = (allocation * cumulative) / full;
    return { least: exact, most: exact };
  }
  const most = logistic(allocation, new Exact(cumulative.toString()).div(full.toString()));
  const rounding = allocation / CURVE_PARTS;
  return { least: most > rounding ? most - rounding : 0n, most };
}

/** `(σ(k(x − m)) − σ(−km)) / (σ(k(1 − m)) − σ(−km))` of the allocation, rounded down. @param x from 0 to 1 */
function logistic(allocation: bigint, x: Decimal): bigint {
  const inflection = new Exact(INFLECTION[0]).div(INFLECTION[1]);
  const sigma = (y: Decimal): Decimal => new Exact(1).div(y.neg().exp().plus(1));
  const at = (z: Decimal): Decimal => sigma(z.minus(inflection).times(STEEPNESS));
  const zero = at(new Exact(0));
  const share = at(x)
    .minus(zero)
    .div(at(new Exact(1)).minus(zero));
  return BigInt(share.times(allocation.toString()).floor().toFixed(0));
}
