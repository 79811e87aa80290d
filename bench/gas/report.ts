import { type Figures, type Operation, OPERATIONS } from "./operations.js";

/** Change of a figure, in parts of the snapshot's, that is not noticed. */
const TOLERANCE = 0.02;

const HEADER = ["key", "operation", "predecessor", "at most", "ours", "of ceiling"];

/** Figures as lines of text: the predecessor's, the ceiling, ours, and ours as a share of the ceiling. */
export function renderTable(figures: Figures): string {
  const table = tabulate(figures);
  return table.map((row) => `${row.join("  ")}\n`).join("");
}

/** The same as a table in Markdown. */
export function renderMarkdown(figures: Figures): string {
  const [header = [], ...rows] = tabulate(figures);
  const rule = header.map(({ length }, column) => (isText(column) ? "-".repeat(length) : `${"-".repeat(length - 1)}:`));
  return [header, rule, ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
}

/** One sentence for each operation that costs more than its ceiling. */
export function aboveCeiling(figures: Figures, operations: readonly Operation[] = OPERATIONS): string[] {
  return operations
    .filter(({ key, ceiling }) => figures[key] > ceiling)
    .map(({ key, ceiling }) => `${key} costs ${grouped(figures[key])} gas, its ceiling is ${grouped(ceiling)}.`);
}

/** One sentence for each operation that differs from the snapshot by more than 2 %, either way, or is not in it. */
export function changedSince(snapshot: Readonly<Record<string, unknown>>, figures: Figures): string[] {
  return OPERATIONS.flatMap(({ key }) => {
    const before = snapshot[key];
    const now = figures[key];
    if (typeof before !== "number") return [`${key} costs ${grouped(now)} gas and is not in the snapshot.`];
    const change = (now - before) / before;
    if (Math.abs(change) <= TOLERANCE) return [];
    const percent = `${change > 0 ? "+" : ""}${(change * 100).toFixed(1)} %`;
    return [`${key} changed from ${grouped(before)} to ${grouped(now)} gas (${percent}).`];
  });
}

/** The header and a row for each operation, all cells of a column equally wide. */
function tabulate(figures: Figures): string[][] {
  const rows = OPERATIONS.map(({ key, title, predecessor, ceiling }) => [
    key,
    title,
    predecessor === undefined ? "none" : grouped(predecessor),
    grouped(ceiling),
    grouped(figures[key]),
    `${((figures[key] / ceiling) * 100).toFixed(1)} %`,
  ]);
  const table = [HEADER, ...rows];
  const widths = HEADER.map((_, column) => Math.max(...table.map((row) => (row[column] as string).length)));
  return table.map((row) =>
    row.map((cell, column) => {
      const width = widths[column] as number;
      return isText(column) ? cell.padEnd(width) : cell.padStart(width);
    }),
  );
}

/** Words stand to the left, figures to the right. */
function isText(column: number): boolean {
  return column < 2;
}

function grouped(amount: number): string {
  return amount.toLocaleString("en-US");
}
