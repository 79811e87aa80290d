import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import type { Step } from "./steps.js";
import { readTotals, TOTALS_VARIABLE, type Totals } from "./totals.js";

/** How one step ended; `reason` says in a few words why it failed or was left out. */
export interface Outcome {
  readonly step: Step;
  readonly verdict: "pass" | "fail" | "left out";
  readonly seconds: number;
  readonly totals?: Totals;
  readonly reason?: string;
}

export interface RunOptions {
  /** A step that takes longer is stopped, with everything it started, and has failed. */
  readonly limitMs: number;
  /** How long a step that is being stopped may take to close before it is killed. */
  readonly graceMs: number;
  /** Under CI nothing may be left out. */
  readonly strict: boolean;
  /** Ends the running step at once. */
  readonly signal: AbortSignal;
}

/** Runs one step with its output on this terminal. Never rejects: whatever goes wrong is the outcome's reason. */
export async function runStep(step: Step, options: RunOptions): Promise<Outcome> {
  if (step.needs !== undefined && !existsSync(step.needs)) {
    const reason = `${step.needs} does not exist`;
    return { step, verdict: options.strict ? "fail" : "left out", seconds: 0, reason };
  }
  if (options.signal.aborted) return { step, verdict: "fail", seconds: 0, reason: String(options.signal.reason) };
  const folder = mkdtempSync(join(tmpdir(), "check-"));
  const totalsFile = join(folder, "totals.json");
  const started = performance.now();
  const failure = await execute(step.command, totalsFile, options);
  const seconds = (performance.now() - started) / 1000;
  const totals = step.hasTests === true ? readTotals(totalsFile) : undefined;
  rmSync(folder, { recursive: true });
  const reason = failure ?? (step.hasTests === true ? faultOf(totals) : undefined);
  return {
    step,
    verdict: reason === undefined ? "pass" : "fail",
    seconds,
    ...(totals === undefined ? {} : { totals }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** What is wrong with the totals of a test run that ended with status 0. */
function faultOf(totals: Totals | undefined): string | undefined {
  if (totals === undefined) return "its tests left no totals";
  if (totals.failed > 0) return `${totals.failed} failed, but it ended with status 0`;
  return totals.passed === 0 ? "it ran no tests" : undefined;
}

/** Environment of a step: the project's own programs first, among them its Node, and no question about telemetry. */
const environment = (totalsFile: string): NodeJS.ProcessEnv => ({
  ...process.env,
  HARDHAT_DISABLE_TELEMETRY: "true",
  PATH: [join(process.cwd(), "node_modules", ".bin"), process.env["PATH"]].join(delimiter),
  [TOTALS_VARIABLE]: totalsFile,
});

/** Runs a command as a process group of its own; resolves with why it failed, or undefined when it ended with status 0. */
function execute(command: readonly string[], totalsFile: string, options: RunOptions): Promise<string | undefined> {
  const [program = "", ...args] = command;
  const stop = AbortSignal.any([options.signal, AbortSignal.timeout(options.limitMs)]);
  const child = spawn(program, args, {
    stdio: ["ignore", "inherit", "inherit"],
    env: environment(totalsFile),
    detached: true,
  });
  const onStop = (): void => {
    killGroup(child.pid, "SIGTERM");
    setTimeout(killGroup, options.graceMs, child.pid, "SIGKILL").unref();
  };
  stop.addEventListener("abort", onStop);
  return new Promise((resolve) => {
    child.on("error", (error) => {
      resolve(`cannot be started: ${error.message}`);
    });
    child.on("close", (status, signal) => {
      stop.removeEventListener("abort", onStop);
      killGroup(child.pid, "SIGKILL");
      if (options.signal.aborted) resolve(String(options.signal.reason));
      else if (stop.aborted) resolve(`stopped after ${options.limitMs / 1000} s`);
      else resolve(status === 0 ? undefined : `ended with ${signal ?? `status ${String(status)}`}`);
    });
  });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // Nothing of the group is left.
  }
}
