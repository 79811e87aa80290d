import { formatEther, formatUnits } from "ethers";

/** "12,345.67 R1": wei cut, never rounded up. */
export function r1(wei: bigint, decimals = 2): string {
  return `${number(formatEther(wei), decimals)} R1`;
}

/** "1,000.50 $" out of six decimals. */
export function dollars(amount: bigint): string {
  return `$${number(formatUnits(amount, 6), 2)}`;
}

/** The digits with separators, cut to so many decimals. */
export function number(text: string, decimals: number): string {
  const [whole = "0", fraction = ""] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/gu, ",");
  const cut = fraction.slice(0, decimals).padEnd(decimals, "0");
  return decimals === 0 ? grouped : `${grouped}.${cut}`;
}

/** "0x7099…79c8". */
export function short(hash: string): string {
  return `${hash.slice(0, 6)}…${hash.slice(-4)}`.toLowerCase();
}
