/**
 * `hardhatTests.ts solidity|mocha files…`: Hardhat's own test tasks on exactly these files, with totals taken from
 * the runner's results instead of its printed text.
 */
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

async function main([runner, ...files]: string[]): Promise<boolean> {
  if (runner !== "solidity" && runner !== "mocha") {
    throw new Error(`usage: hardhatTests.ts solidity|mocha files…, not "${String(runner)}"`);
  }
  if (files.length === 0) throw new Error(`there are no ${runner} test files to run`);
  return runner === "solidity" ? runSolidity(files) : runMocha(files);
}

await runMain(() => main(process.argv.slice(2)));
