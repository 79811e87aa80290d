/** Columns of text as lines; all cells of a column equally wide. Figures stand to the right. */
export function renderText(rows: readonly (readonly string[])[]): string {
  return aligned(rows)
    .map((row) => `${row.join("  ").trimEnd()}\n`)
    .join("");
}

/** The same as a table in Markdown. */
export function renderMarkdown(rows: readonly (readonly string[])[]): string {
  const [header = [], ...lines] = aligned(rows);
  const right = rightColumns(rows);
  const rule = header.map(({ length }, column) =>
    right.has(column) ? `${"-".repeat(length - 1)}:` : "-".repeat(length),
  );
  return [header, rule, ...lines].map((row) => `| ${row.join(" | ")} |\n`).join("");
}

function aligned(rows: readonly (readonly string[])[]): string[][] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => (row[column] ?? "").length)));
  const right = rightColumns(rows);
  return rows.map((row) =>
    widths.map((width, column) => {
      const cell = row[column] ?? "";
      return right.has(column) ? cell.padStart(width) : cell.padEnd(width);
    }),
  );
}

/** Columns whose cells below the header are all numbers. */
function rightColumns(rows: readonly (readonly string[])[]): Set<number> {
  const [header = [], ...body] = rows;
  const isNumeric = (column: number): boolean => body.every((row) => /^-?[\d.,]+$/u.test(row[column] ?? ""));
  const columns = header.map((_, column) => column);
  return new Set(columns.filter((column) => body.length > 0 && isNumeric(column)));
}
