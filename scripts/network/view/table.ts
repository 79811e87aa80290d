import { paint } from "./style.js";
import { left, right } from "./text.js";

export interface Column<Row> {
  readonly title: string;
  readonly width: number;
  /** Numbers go to the right. */
  readonly align?: "right";
  readonly cell: (row: Row) => string;
  readonly paint?: (row: Row, text: string) => string;
}

const GAP = " ";

/** A header and a line for each row; every line is as wide as the columns and the gaps between them. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const header = columns.map((column) => fit(column, column.title)).join(GAP);
  return [paint.head(header), ...rows.map((row) => columns.map((column) => cell(column, row)).join(GAP))];
}

/** A line that tells of rows there was no room for. */
export function more(count: number, what: string): string {
  return paint.dim(`… and ${count} more ${what}`);
}

function cell<Row>(column: Column<Row>, row: Row): string {
  const text = fit(column, column.cell(row));
  return column.paint ? column.paint(row, text) : text;
}

function fit<Row>({ align, width }: Column<Row>, text: string): string {
  return align === "right" ? right(text, width) : left(text, width);
}
