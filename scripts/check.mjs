/**
 * `npm test`: runs every check of the project as named steps. The steps are in check/steps.ts; `--help` lists the options.
 * Plain JavaScript, because it may be started by a Node that is too old to run the rest: then it starts itself again under
 * the Node that node_modules brings.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const OLDEST_MAJOR = 24;
const PINNED_NODE = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));

function startAgain() {
  const child = spawn(PINNED_NODE, process.argv.slice(1), { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`${PINNED_NODE} cannot be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("close", (status) => (process.exitCode = status ?? 1));
}

if (!existsSync(PINNED_NODE)) {
  process.stderr.write("The packages are not installed: run `node scripts/ensure-install.mjs` first.\n");
  process.exitCode = 1;
} else if (Number.parseInt(process.versions.node, 10) >= OLDEST_MAJOR) {
  const { register } = await import("tsx/esm/api");
  register();
  const { main } = await import("./check/main.ts");
  process.exitCode = await main(process.argv.slice(2));
} else {
  startAgain();
}
