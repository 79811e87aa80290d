import { formatUnits, parseUnits } from "ethers";

import { KeeperError } from "../../keepers/core/errors.js";

const SHOWN_DECIMALS = 6;
const CENTS = 2;

/** Dollars for one R1 as a feed gives them: `price / 10^decimals`. */
export interface R1Price {
  readonly price: bigint;
  readonly decimals: bigint;
}

/** Wei as `1,575.18939 R1`: six decimals at most, rounded down; less than that, but not nothing, is `<0.000001 R1`. */
export function formatR1(wei: bigint): string {
  const step = 10n ** BigInt(18 - SHOWN_DECIMALS);
  if (wei > 0n && wei < step) return "<0.000001 R1";
  return `${grouped(formatUnits(wei - (wei % step), 18).replace(/\.0$/u, ""))} R1`;
}

/** Wei as R1 and, when there is a price, as dollars: `12.5 R1 ($6.25)`. Dollars are rounded to the nearest cent. */
export function formatAmount(wei: bigint, price: R1Price | undefined): string {
  return price === undefined ? formatR1(wei) : `${formatR1(wei)} (${formatUsd(wei, price)})`;
}

/** Wei in dollars, rounded to the nearest cent. */
export function formatUsd(wei: bigint, { price, decimals }: R1Price): string {
  const unit = 10n ** (18n + decimals - BigInt(CENTS));
  const cents = (wei * price + unit / 2n) / unit;
  return `$${grouped(formatUnits(cents, CENTS).replace(/\.(\d)$/u, ".$10"))}`;
}

/** Whole dollars as `$1,500`. */
export function formatDollars(dollars: bigint): string {
  return `$${grouped(dollars.toString())}`;
}

/** `1 R1 = $0.50`, with every digit of the feed. */
export function formatPrice({ price, decimals }: R1Price): string {
  return `1 R1 = $${grouped(formatUnits(price, decimals).replace(/\.0$/u, ""))}`;
}

/** Reads an amount of R1 such as `12.5` or `1,000`. @throws KeeperError `AMOUNT_INVALID` */
export function parseR1(text: string, what: string): bigint {
  const plain = text.replaceAll(",", "").replace(/\s*R1$/iu, "");
  if (/^\d{1,12}(?:\.\d{1,18})?$/u.test(plain)) return parseUnits(plain, 18);
  const wants = "an amount of R1 such as 12.5, with at most 18 decimals";
  throw new KeeperError("AMOUNT_INVALID", `${what}: got ${JSON.stringify(text)}, want ${wants}`);
}

/** Reads a percentage with at most two decimals as basis points. @throws KeeperError `PERCENTAGE_INVALID` */
export function parsePercentage(text: string, what: string): bigint {
  if (/^\d{1,2}(?:\.\d{1,2})?%?$/u.test(text)) return parseUnits(text.replace("%", ""), CENTS);
  const wants = "a percentage from 0 to 99.99, such as 1 or 0.5";
  throw new KeeperError("PERCENTAGE_INVALID", `${what}: got ${JSON.stringify(text)}, want ${wants}`);
}

function grouped(decimal: string): string {
  const [whole = "", fraction] = decimal.split(".");
  const separated = whole.replace(/\B(?=(?:\d{3})+$)/gu, ",");
  return fraction === undefined ? separated : `${separated}.${fraction}`;
}
