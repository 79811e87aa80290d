/**
 * `npm run check:deployment -- --rpc URL`: whether a live deployment is what this repository and a parameter file make. Reads
 * only. Exit status: 0 all is right, 1 something is wrong, 2 it could not be checked.
 */
import { Command } from "commander";

import { SystemClock } from "../keepers/core/clock.js";
import { KeeperError } from "../keepers/core/errors.js";
import { Terminal } from "../tasks/lib/terminal.js";
import { checkDeployment } from "./deployment/check.js";
import { reportJson, reportLines } from "./deployment/report.js";
import { openSubject } from "./deployment/subject.js";

interface Given {
  readonly rpc: string;
  readonly deployment?: string;
  readonly parameters?: string;
  readonly json: boolean;
}

const program = new Command("npm run check:deployment --")
  .description(
    "Compares a live deployment with the local build and deploy/parameters: code, wiring, roles, invariants.",
  )
  .requiredOption("--rpc <url>", "JSON-RPC server of the chain")
  .option("--deployment <path>", "Ignition folder or JSON file of the addresses (default: that of the chain)")
  .option("--parameters <file>", "parameter file (default: that of the chain in deploy/parameters)")
  .option("--json", "print JSON", false);

async function main({ rpc, deployment, parameters, json }: Given): Promise<number> {
  const terminal = new Terminal({ json }, { output: process.stdout, errors: process.stderr, clock: new SystemClock() });
  try {
    return await terminal.during("reading the deployment", async (relabel) => {
      const subject = await openSubject({ rpc, deployment, parameters }, relabel);
      const checks = await checkDeployment(subject);
      subject.provider.destroy();
      terminal.answer({ json: reportJson(checks), lines: reportLines(checks) });
      return checks.some(({ verdict }) => verdict === "wrong") ? 1 : 0;
    });
  } catch (error) {
    const { code, message } = error instanceof KeeperError ? error : { code: "FAILED", message: String(error) };
    terminal.problem(code, message);
    return 2;
  }
}

process.exitCode = await main(program.parse().opts<Given>());
