import Mocha from "mocha";

import { writeTotals } from "./totals.js";

const GRACE_MS = 10_000;

/**
 * Mocha's `spec` reporter that also leaves the totals for the check that started it. A process that something keeps alive
 * after its last test is ended with an error which names what, instead of hanging until the step's time is up.
 */
export default class CheckReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    let passed = 0;
    let failed = 0;
    runner.on("pass", () => (passed += 1));
    runner.on("fail", () => (failed += 1));
    runner.on("end", () => {
      writeTotals({ passed, failed });
      setTimeout(reportLeak, GRACE_MS).unref();
    });
  }
}

function reportLeak(): void {
  const open = process.getActiveResourcesInfo().join(", ");
  process.stderr.write(`The tests have ended but the process has not: something was not closed (${open}).\n`);
  process.exit(70);
}
