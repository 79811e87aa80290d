/**
 * `services.ts`: sees to it that the services which tests start (Mosquitto, Redis, Docker) are installed, with Debian's packages when
 * it may. Nothing of them is started, and no test is left out for want of one.
 */
import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { runMain } from "./runMain.js";
import { ensureServices, type Machine } from "./servicePackages.js";
import { findProgram } from "./systemPath.js";

const POLICY = "/usr/sbin/policy-rc.d";
const NOT_STARTED = 127;

/** Debian asks this program before it starts or stops a service; 101 means no. One that is there already is left alone. */
export function forbidServices(policy = POLICY): () => void {
  try {
    writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755, flag: "wx" });
  } catch {
    return () => undefined;
  }
  const undo = (): void => rmSync(policy, { force: true });
  process.once("exit", undo);
  return () => {
    process.off("exit", undo);
    undo();
  };
}

const machine: Machine = {
  has: (program) => findProgram(program) !== undefined,
  isRoot: process.getuid?.() === 0,
  run: (command, ...args) =>
    new Promise((resolve) => {
      const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
      const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], env });
      child.on("error", () => resolve(NOT_STARTED));
      child.on("close", (status) => resolve(status ?? NOT_STARTED));
    }),
  forbidServices,
  tell: (text) => void process.stdout.write(text),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  await runMain(async () => {
    const problem = await ensureServices(machine);
    if (problem !== undefined) process.stderr.write(`${problem}\n`);
    return problem === undefined;
  });
}
