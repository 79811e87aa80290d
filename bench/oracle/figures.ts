/** One thing that the benchmark measures, and what is asked of it. */
export interface Figure {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  /** The figure must be at least this, or stay below it. */
  readonly bound: "at least" | "below";
  readonly limit: number;
  /** Digits after the point, in tables and in JSON. */
  readonly digits: number;
}

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

/** Whether a figure is what is asked of it. */
export function meets({ bound, limit }: Pick<Figure, "bound" | "limit">, value: number): boolean {
  return bound === "below" ? value < limit : value >= limit;
}

/** One sentence for each figure that is not what is asked of it. */
export function shortfalls(figures: Figures): string[] {
  return FIGURES.flatMap((figure) => {
    const value = figures[figure.key];
    if (value === undefined || meets(figure, value)) return [];
    return [`${figure.key} is ${shown(figure, value)}, asked is ${figure.bound} ${figure.limit}.`];
  });
}

/** The figures as they go into JSON: rounded, in the order of the list. */
export function rounded(figures: Figures): Figures {
  const entries = FIGURES.flatMap(({ key, digits }) => {
    const value = figures[key];
    return value === undefined ? [] : [[key, Number(value.toFixed(digits))]];
  });
  return Object.fromEntries(entries) as Figures;
}

/** Header and rows of the table of figures, as text. */
export function tabulate(figures: Figures): string[][] {
  const rows = FIGURES.flatMap((figure) => {
    const value = figures[figure.key];
    if (value === undefined) return [];
    const { key, title, unit, bound, limit } = figure;
    return [
      [key, title, `${bound} ${grouped(limit)}`, shown(figure, value), unit, meets(figure, value) ? "yes" : "NO"],
    ];
  });
  return [["key", "what", "asked", "measured", "unit", "met"], ...rows];
}

function shown({ digits }: Figure, value: number): string {
  return grouped(value, digits);
}

function grouped(value: number, digits?: number): string {
  const fraction = digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString("en-US", fraction);
}
