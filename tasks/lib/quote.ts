import { KeeperError } from "../../keepers/core/errors.js";
import { formatAmount, formatDollars, formatPrice, parsePercentage, type R1Price } from "./amounts.js";
import { readPrice } from "./price.js";
import type { Protocol } from "./protocol.js";
import { facts, table } from "./table.js";
import { type TierPart, tierParts } from "./tiers.js";

const BASIS_POINTS = 10_000n;

/** What the next deeds cost. */
export interface Quote {
  readonly count: number;
  /** Whole US dollars. */
  readonly dollars: bigint;
  /** Wei of R1. */
  readonly payment: bigint;
  /** The payment and the slippage, wei, rounded up. */
  readonly maximum: bigint;
  readonly slippage: string;
  readonly parts: readonly TierPart[];
  readonly price: R1Price | undefined;
}

/** @throws KeeperError `COUNT_INVALID`, `PERCENTAGE_INVALID`; or the sale's refusal */
export async function readQuote(protocol: Protocol, count: number, slippage: string): Promise<Quote> {
  const { nodeDeedSale, nodeDeed } = protocol.contracts;
  const points = parsePercentage(slippage, "--slippage");
  const most = await nodeDeedSale.MAX_COUNT();
  if (count < 1 || BigInt(count) > most) {
    throw new KeeperError("COUNT_INVALID", `count: got ${count}, want 1 to ${most.toString()} deeds in one purchase`);
  }
  const [{ dollars, payment }, sold, price] = await Promise.all([
    nodeDeedSale.quote(count),
    nodeDeed.totalSupply(),
    readPrice(protocol),
  ]);
  const maximum = (payment * (BASIS_POINTS + points) + BASIS_POINTS - 1n) / BASIS_POINTS;
  return { count, dollars, payment, maximum, slippage, parts: tierParts(Number(sold), count), price };
}

/** The quote for people; the tiers only when there are several. */
export function quoteLines({ count, dollars, payment, maximum, slippage, parts, price }: Quote): string[] {
  const rows = parts.map(({ tier, priceUsd, count: units }) => [
    tier.toString(),
    units.toString(),
    formatDollars(BigInt(priceUsd)),
    formatDollars(BigInt(priceUsd * units)),
  ]);
  const tiers = parts.length > 1 ? [...table(["tier", "deeds", "USD each", "USD"], rows), ""] : [];
  return [
    ...tiers,
    ...facts([
      ["deeds", `${count}${parts.length === 1 ? ` (tier ${parts[0]?.tier ?? 0})` : ""}`],
      ["price", `${formatAmount(payment, price)}: ${formatDollars(dollars)} in all`],
      ["maximum", `${formatAmount(maximum, price)}, ${slippage.replace("%", "")} % above the price`],
      ...(price === undefined ? [] : [["feed", formatPrice(price)] as const]),
    ]),
  ];
}
