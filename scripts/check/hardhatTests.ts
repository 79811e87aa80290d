/**
 * `hardhatTests.ts solidity|mocha files…`: Hardhat's own test tasks on exactly these files, with totals taken from
 * the runner's results instead of its printed text. `--seed n`, `--fuzz-runs n`, `--invariant-runs n` and `--invariant-depth n`
 * stand in for what hardhat.config.ts says.
 */
import { parseArgs } from "node:util";

import hre from "hardhat";

import CheckReporter from "./reporter.js";
import { runMain } from "./runMain.js";
import { writeTotals } from "./totals.js";

interface SolidityResult {
  readonly success: boolean;
  readonly value?: SolidityRun;
  readonly error?: SolidityRun;
}

interface SolidityRun {
  readonly suiteResults: readonly { readonly testResults: readonly { readonly status: string }[] }[];
}

async function runSolidity(testFiles: string[]): Promise<boolean> {
  const result = (await hre.tasks.getTask(["test", "solidity"]).run({ testFiles })) as SolidityResult;
  const suites = (result.value ?? result.error)?.suiteResults ?? [];
  const statuses = suites.flatMap((suite) => suite.testResults.map((test) => test.status));
  const passed = statuses.filter((status) => status === "Success").length;
  writeTotals({ passed, failed: statuses.filter((status) => status === "Failure").length });
  if (passed < statuses.length) process.stderr.write("Some Solidity tests failed or were skipped.\n");
  return result.success && passed === statuses.length;
}

async function runMocha(testFiles: string[]): Promise<boolean> {
  Object.assign(hre.config.test.mocha, { reporter: CheckReporter, forbidOnly: true, forbidPending: true });
  const result = (await hre.tasks.getTask(["test", "mocha"]).run({ testFiles })) as { success: boolean };
  return result.success;
}

const COUNT = { type: "string" } as const;
const DEPTH_OPTIONS = { seed: COUNT, "fuzz-runs": COUNT, "invariant-runs": COUNT, "invariant-depth": COUNT };

function setDepth(values: Partial<Record<keyof typeof DEPTH_OPTIONS, string>>): void {
  const profile = hre.config.test.solidity.profiles["default"];
  if (profile === undefined) throw new Error("hardhat.config.ts has no default profile of Solidity tests");
  profile.invariant ??= {};
  if (values.seed !== undefined) profile.fuzz.seed = `0x${BigInt(values.seed).toString(16).padStart(64, "0")}`;
  if (values["fuzz-runs"] !== undefined) profile.fuzz.runs = Number(values["fuzz-runs"]);
  if (values["invariant-runs"] !== undefined) profile.invariant.runs = Number(values["invariant-runs"]);
  if (values["invariant-depth"] !== undefined) profile.invariant.depth = Number(values["invariant-depth"]);
}

async function main(args: string[]): Promise<boolean> {
  const { values, positionals } = parseArgs({ args, options: DEPTH_OPTIONS, allowPositionals: true });
  const [runner, ...files] = positionals;
  setDepth(values);
  if (runner !== "solidity" && runner !== "mocha") {
    throw new Error(`usage: hardhatTests.ts solidity|mocha files…, not "${String(runner)}"`);
  }
  if (files.length === 0) throw new Error(`there are no ${runner} test files to run`);
  return runner === "solidity" ? runSolidity(files) : runMocha(files);
}

await runMain(() => main(process.argv.slice(2)));
