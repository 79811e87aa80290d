import { table } from "../../tasks/lib/table.js";
import { type Check } from "./types.js";

const SIGNS = { right: "✓", wrong: "✗", note: "i" } as const;
const WIDEST = 60;

/** Every check in a line; then, for each that failed, what was expected, what was found, and what to do. */
export function reportLines(checks: readonly Check[]): string[] {
  const wrong = checks.filter(({ verdict }) => verdict === "wrong");
  const rows = checks.map(({ area, what, verdict, found }) => [SIGNS[verdict], area, what, shortened(found)]);
  return [
    ...table(["", "area", "check", "found"], rows),
    ...wrong.flatMap(({ area, what, expected, found, advice }) => [
      "",
      `✗ ${area}: ${what}`,
      `  expected  ${expected}`,
      `  found     ${found}`,
      `  do        ${advice}`,
    ]),
    "",
    summary(checks.length, wrong.length),
  ];
}

/** The same for programs. */
export function reportJson(checks: readonly Check[]): Readonly<Record<string, unknown>> {
  const count = (verdict: Check["verdict"]): number => checks.filter((check) => check.verdict === verdict).length;
  return { ok: count("wrong") === 0, right: count("right"), wrong: count("wrong"), notes: count("note"), checks };
}

function summary(all: number, wrong: number): string {
  return wrong === 0 ? `${all} checks, none failed.` : `${all} checks, ${wrong} failed.`;
}

function shortened(text: string): string {
  return text.length <= WIDEST ? text : `${text.slice(0, WIDEST - 1)}…`;
}
