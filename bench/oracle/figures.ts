import { type Figure, roundedOf, shortfallsOf, tabulateOf } from "../figures.js";

export const FIGURES = [
  {
    key: "ingest-ratio",
    title: "heartbeat, MQTT message to slot, against native signature check",
    unit: "×",
    bound: "at least",
    limit: 0.7,
    digits: 2,
  },
  {
    key: "ingest-46224-core-share",
    title: "46,224 nodes beating every 10 s through a broker: CPU",
    unit: "of a core",
    bound: "below",
    limit: 0.4,
    digits: 3,
  },
  {
    key: "ingest-46224-rss-mb",
    title: "the same: most memory",
    unit: "MB",
    bound: "below",
    limit: 400,
    digits: 0,
  },
  {
    key: "finalize-ratio",
    title: "medians, leaf file, root for 46,224 deeds × 21 reports, against flat keccak tree",
    unit: "×",
    bound: "below",
    limit: 3,
    digits: 2,
  },
  {
    key: "decide-seconds",
    title: "epoch end to decided by all: 21 oracles, 46,224 deeds, 50 ms links",
    unit: "s",
    bound: "below",
    limit: 5,
    digits: 2,
  },
  {
    key: "decide-two-dead-seconds",
    title: "the same, first two leaders dead",
    unit: "s",
    bound: "below",
    limit: 15,
    digits: 2,
  },
  {
    key: "proofs-per-second",
    title: "proofs over HTTP from disk, of any of 12 epochs",
    unit: "/s and core",
    bound: "at least",
    limit: 3000,
    digits: 0,
  },
] as const satisfies readonly Figure[];

export type FigureKey = (typeof FIGURES)[number]["key"];

/** What was measured; only what was asked for. */
export type Figures = Readonly<Partial<Record<FigureKey, number>>>;

export function isFigureKey(key: string): key is FigureKey {
  return FIGURES.some((figure) => figure.key === key);
}

export const shortfalls = (figures: Figures): string[] => shortfallsOf(FIGURES, figures);
export const rounded = (figures: Figures): Figures => roundedOf(FIGURES, figures);
export const tabulate = (figures: Figures): string[][] => tabulateOf(FIGURES, figures);
