import { parseArgs } from "node:util";

import { renderTable, renderTotal } from "./report.js";
import { type Outcome, runStep } from "./run.js";
import { allSteps, FORMATTED, type Step } from "./steps.js";

const LIMIT_MS = 30 * 60_000;
const GRACE_MS = 5_000;

const HELP = `node scripts/check.mjs [--only name,name…] [--list] [--fix]
  --only   run these steps alone
  --list   name the steps
  --fix    format the files instead of checking anything
`;

const FIX: Step = { name: "fix", title: "formatting the files", command: ["prettier", "--write", ...FORMATTED] };

/** Runs the checks that `args` ask for. Resolves with the status of the process: 0 all passed, 1 not, 2 wrong use. */
export async function main(args: string[]): Promise<number> {
  let steps: Step[];
  try {
    const { values } = parseArgs({
      args,
      options: {
        only: { type: "string" },
        list: { type: "boolean" },
        fix: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
    if (values.help === true) return print(HELP);
    if (values.list === true)
      return print(
        allSteps()
          .map(({ name, title }) => `${name.padEnd(16)}${title}\n`)
          .join(""),
      );
    steps = values.fix === true ? [FIX] : chosenSteps(values.only);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${HELP}`);
    return 2;
  }
  return runAll(steps);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function chosenSteps(only: string | undefined): Step[] {
  const steps = allSteps();
  if (only === undefined) return steps;
  return only.split(",").map((name) => {
    const step = steps.find((candidate) => candidate.name === name);
    if (step !== undefined) return step;
    throw new Error(`no step is called "${name}": there are ${steps.map((known) => known.name).join(", ")}`);
  });
}

async function runAll(steps: readonly Step[]): Promise<number> {
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      interruption.abort(`stopped by ${signal}`);
    });
  }
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    if (interruption.signal.aborted) break;
    print(`\n▸ ${step.name}: ${step.title}\n`);
    const outcome = await runStep(step, {
      limitMs: LIMIT_MS,
      graceMs: GRACE_MS,
      strict: process.env["CI"] === "true",
      signal: interruption.signal,
    });
    print(`  ${outcome.verdict} in ${outcome.seconds.toFixed(1)} s${outcome.reason ? `: ${outcome.reason}` : ""}\n`);
    outcomes.push(outcome);
  }
  print(`\n${renderTable(outcomes)}\n${renderTotal(outcomes)}\n`);
  return interruption.signal.aborted || outcomes.some(({ verdict }) => verdict === "fail") ? 1 : 0;
}
