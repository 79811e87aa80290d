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

/** What was measured, by key; only what was asked for. */
export type Measured = Readonly<Partial<Record<string, number>>>;

/** Whether a figure is what is asked of it. */
export function meets({ bound, limit }: Pick<Figure, "bound" | "limit">, value: number): boolean {
  return bound === "below" ? value < limit : value >= limit;
}

/** One sentence for each figure that is not what is asked of it. */
export function shortfallsOf(list: readonly Figure[], figures: Measured): string[] {
  return list.flatMap((figure) => {
    const value = figures[figure.key];
    if (value === undefined || meets(figure, value)) return [];
    return [`${figure.key} is ${shown(figure, value)}, asked is ${figure.bound} ${figure.limit}.`];
  });
}

/** The figures as they go into JSON: rounded, in the order of the list. */
export function roundedOf(list: readonly Figure[], figures: Measured): Measured {
  const entries = list.flatMap(({ key, digits }) => {
    const value = figures[key];
    return value === undefined ? [] : [[key, Number(value.toFixed(digits))]];
  });
  return Object.fromEntries(entries) as Measured;
}

/** Header and rows of the table of figures, as text. */
export function tabulateOf(list: readonly Figure[], figures: Measured): string[][] {
  const rows = list.flatMap((figure) => {
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
