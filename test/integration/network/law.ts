/** The law of emission written anew, with decimals instead of the keepers' and the contracts' fixed point. */
import { Decimal } from "decimal.js";

const Exact = Decimal.clone({ precision: 60 });

export interface ClassTerms {
  readonly curve: string;
  readonly allocation: string;
  readonly duration: number;
  readonly k: number | null;
  readonly inflection: number | null;
}

/** Wei mined by a deed of the class with that sum of bytes, with all its decimals. */
export function minedBy({ curve, allocation, duration, k, inflection }: ClassTerms, cumulative: string): Decimal {
  const share = Exact.min(new Exact(cumulative).div(255).div(duration), 1);
  if (curve === "linear") return share.times(allocation);
  const sigma = (y: Decimal) => new Exact(1).div(new Exact(1).plus(y.neg().exp()));
  const [steepness, middle] = [new Exact(k ?? 0), new Exact(inflection ?? 0)];
  const at = (position: Decimal) => sigma(steepness.times(position.minus(middle)));
  const start = at(new Exact(0));
  return at(share)
    .minus(start)
    .div(at(new Exact(1)).minus(start))
    .times(allocation);
}
