import { linear, logistic } from "../../test/differential/model/emission.js";
import type { DeedTerms, History } from "../history.js";
import { lastSums } from "./credits.js";
import { mintedBetween } from "./emission.js";
import type { Findings } from "./epochs.js";

/** Whether every deed was minted exactly what its last leaf is worth, and nothing was minted beside that. */
export function judgeRewards(history: History): Findings {
  const { deeds, claims, unclaimed, refusals, supply } = history;
  const sums = lastSums(history);
  const claimed = new Map<bigint, bigint>();
  for (const { deed, amount } of claims) claimed.set(deed, (claimed.get(deed) ?? 0n) + amount);
  const left = deeds.filter(({ deed }) => (unclaimed.get(deed) ?? 0n) > 0n);
  const wrong = deeds.flatMap((terms) => {
    const { deed, name } = terms;
    const got = (claimed.get(deed) ?? 0n) + (unclaimed.get(deed) ?? 0n);
    const cumulative = sums.get(deed) ?? 0n;
    return isLawful(terms, cumulative, got) ? [] : [`${name} was minted ${got} wei for ${cumulative} bytes`];
  });
  const total = [...claimed.values()].reduce((sum, amount) => sum + amount, 0n);
  if (total !== supply.minted) wrong.push(`${supply.minted} wei were minted, and ${total} wei claimed`);
  if (supply.minted - supply.burned !== supply.total)
    wrong.push(`${supply.total} wei exist, with ${supply.minted} minted and ${supply.burned} burned`);
  const lost = left.map(({ deed, name }) => `${name} has ${unclaimed.get(deed)} wei that nobody could claim`);
  return { lost: [...lost, ...refusals], wrong };
}

/** To the wei by the model's arithmetic, and within the rounding of the curve by the law as the paper writes it. */
function isLawful(terms: DeedTerms, cumulative: bigint, got: bigint): boolean {
  const { least, most } = mintedBetween(terms, cumulative);
  const minted = terms.curve === "linear" ? linear : logistic;
  return got === minted(terms.allocation, terms.duration, cumulative) && got >= least && got <= most;
}
