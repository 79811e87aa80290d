import type { Provider } from "ethers";

import type { ProtocolContracts } from "../../keepers/chain/contracts.js";
import type { Address } from "../../keepers/protocol/bytes.js";
import type { Deployment } from "../../keepers/chain/deployment.js";

/** What a check is about, in the order of the report. */
export const AREAS = ["code", "wiring", "roles", "parameters", "invariants"] as const;
export type Area = (typeof AREAS)[number];

/** One line of the report. */
export interface Check {
  readonly area: Area;
  readonly what: string;
  /** `note`: neither right nor wrong, and an operator should know it. */
  readonly verdict: "right" | "wrong" | "note";
  readonly expected: string;
  readonly found: string;
  /** What to do about it. */
  readonly advice: string;
}

/** What `deploy/parameters` says of a deployment. */
export interface Parameters {
  /** Values of the section `Protocol` or `Development`. */
  readonly protocol: Readonly<Record<string, string | bigint | readonly bigint[]>>;
  /** Who governs; undefined on development networks, where the deployer does. Seconds. */
  readonly governance: { readonly account: Address; readonly delay: bigint } | undefined;
}

/** A live deployment, and what it should be. */
export interface Subject {
  readonly provider: Provider;
  readonly deployment: Deployment;
  /** Read only. */
  readonly contracts: ProtocolContracts;
  readonly parameters: Parameters;
  /** The price feed that the deployment began with. */
  readonly feed: Address;
  /** Tells how far a check is. */
  readonly progress: (what: string) => void;
}

/** Everything that is compared is compared as text, which is what the report shows. */
export function compare(
  area: Area,
  what: string,
  { expected, found, advice }: { readonly expected: unknown; readonly found: unknown; readonly advice: string },
): Check {
  const [want, got] = [textOf(expected), textOf(found)];
  return { area, what, verdict: want === got ? "right" : "wrong", expected: want, found: got, advice };
}

/** Something that has to be true, with what was found either way. */
export function demand(
  area: Area,
  what: string,
  { holds, expected, found, advice }: { holds: boolean; expected: string; found: string; advice: string },
): Check {
  return { area, what, verdict: holds ? "right" : "wrong", expected, found, advice };
}

export function note(area: Area, what: string, found: string): Check {
  return { area, what, verdict: "note", expected: "", found, advice: "" };
}

/** Addresses in lower case, so that a checksum makes no difference. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(", ")}]`;
  const text = String(value);
  return /^0x[0-9a-fA-F]{40}$/u.test(text) ? text.toLowerCase() : text;
}
