import { TIERS } from "../../keepers/protocol/supply.js";

/** Deeds of one purchase that share a price. */
export interface TierPart {
  /** From 1. */
  readonly tier: number;
  readonly priceUsd: number;
  readonly count: number;
}

/** Which tiers the next `count` deeds come from when `sold` are sold; fewer deeds in all when they are sold out. */
export function tierParts(sold: number, count: number): TierPart[] {
  const parts: TierPart[] = [];
  let start = 0;
  let wanted = count;
  let next = sold;
  for (const [index, { priceUsd, units }] of TIERS.entries()) {
    const taken = Math.min(Math.max(start + units - next, 0), wanted);
    if (taken > 0) parts.push({ tier: index + 1, priceUsd, count: taken });
    next += taken;
    wanted -= taken;
    start += units;
  }
  return parts;
}
