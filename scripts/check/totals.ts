import { readFileSync, writeFileSync } from "node:fs";

/** How many tests of a run passed and failed. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/** Names the file in which a test runner leaves its totals for the step that started it. */
export const TOTALS_VARIABLE = "CHECK_TOTALS_FILE";

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** Leaves the totals of this process's tests for the step; does nothing when the tests were started by hand. */
export function writeTotals(totals: Totals): void {
  const path = process.env[TOTALS_VARIABLE];
  if (path !== undefined) writeFileSync(path, JSON.stringify(totals));
}

/** Totals a runner left in `path`; undefined when there are none or they make no sense. */
export function readTotals(path: string): Totals | undefined {
  try {
    const { passed, failed } = JSON.parse(readFileSync(path, "utf8")) as Partial<Record<keyof Totals, unknown>>;
    return isCount(passed) && isCount(failed) ? { passed, failed } : undefined;
  } catch {
    return undefined;
  }
}

/** The sum of several runs. */
export function sumTotals(all: readonly Totals[]): Totals {
  return all.reduce((sum, one) => ({ passed: sum.passed + one.passed, failed: sum.failed + one.failed }), {
    passed: 0,
    failed: 0,
  });
}
