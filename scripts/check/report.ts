import type { Outcome } from "./run.js";
import { sumTotals } from "./totals.js";

/** One line a step: verdict, seconds, tests passed and failed, and the reason of anything but a pass. */
export function renderTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ step, verdict, seconds, totals, reason }) => [
    step.name,
    verdict,
    seconds.toFixed(1),
    String(totals?.passed ?? ""),
    String(totals?.failed ?? ""),
    reason ?? "",
  ]);
  const head = ["step", "verdict", "seconds", "passed", "failed", ""];
  const widths = head.map((title, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const isNumber = (column: number): boolean => column >= 2 && column <= 4;
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return [head, ...rows].map(line).join("\n");
}

/** The last line of a run: what the test runners counted, over all steps. */
export function renderTotal(outcomes: readonly Outcome[]): string {
  const { passed, failed } = sumTotals(outcomes.flatMap(({ totals }) => totals ?? []));
  return `total: ${passed} passed, ${failed} failed`;
}
