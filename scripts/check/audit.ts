/**
 * `audit.ts`: asks npm's registry which of the pinned packages have known weaknesses. Fails on each that nobody has looked at. A registry that
 * does not answer proves nothing, and says so; with `AUDIT=required` it fails too. See docs/decisions/0015-keys-and-supplies.md.
 */
import { spawn } from "node:child_process";
import { judge } from "./supply/advisories.js";
import { ACCEPTED_ADVISORIES } from "./supply/policy.js";
import { runMain } from "./runMain.js";

const LIMIT_MS = 60_000;

/** What npm prints, whatever its status: it also fails where there are advisories. */
function npmAudit(): Promise<string> {
  const child = spawn("npm", ["audit", "--json"], { stdio: ["ignore", "pipe", "ignore"], timeout: LIMIT_MS });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve) => {
    child.on("error", () => resolve(""));
    child.on("close", () => resolve(output));
  });
}

async function check(): Promise<boolean> {
  const { isAnswered, problems } = judge(await npmAudit(), ACCEPTED_ADVISORIES, new Date().toISOString().slice(0, 10));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (isAnswered) {
    if (problems.length === 0) process.stdout.write("no known weakness that nobody has looked at\n");
    return problems.length === 0;
  }
  process.stderr.write(
    "WARNING: the registry gave no audit, so nothing is known of new weaknesses: run `npm audit` where it does\n",
  );
  return problems.length === 0 && process.env["AUDIT"] !== "required";
}

await runMain(check);
