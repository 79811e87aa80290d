import { KeeperError } from "../../keepers/core/errors.js";

const LATEST_DATE = 8_640_000_000_000n;
const UNITS: readonly (readonly [string, bigint])[] = [
  ["d", 86_400n],
  ["h", 3_600n],
  ["min", 60n],
  ["s", 1n],
];

/** Unix seconds as `2027-01-01 00:00:00 UTC`. */
export function formatTime(seconds: bigint): string {
  if (seconds > LATEST_DATE) return `second ${seconds.toString()}`;
  return new Date(Number(seconds) * 1_000).toISOString().replace("T", " ").replace(".000Z", " UTC");
}

/** Seconds as `2 d 4 h`: the two largest units that are not zero. */
export function formatDuration(seconds: bigint): string {
  let rest = seconds;
  const parts: string[] = [];
  for (const [name, size] of UNITS) {
    if (rest >= size) parts.push(`${(rest / size).toString()} ${name}`);
    rest %= size;
  }
  return parts.length === 0 ? "0 s" : parts.slice(0, 2).join(" ");
}

/** Reads a date (`2027-01-31`) or a moment (`2027-01-31T12:00:00Z`) as Unix seconds. @throws KeeperError `DATE_INVALID` */
export function parseTime(text: string, what: string): bigint {
  const time = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z)?$/u.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return BigInt(time) / 1_000n;
  const wants = "a date such as 2027-01-31, or a moment in UTC such as 2027-01-31T12:00:00Z";
  throw new KeeperError("DATE_INVALID", `${what}: got ${JSON.stringify(text)}, want ${wants}`);
}
