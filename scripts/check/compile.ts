/**
 * Compiles everything, then fails on any compiler warning in contracts/. Warnings are read from the recorded build, because
 * Hardhat prints them only when it compiles a file anew, and hides some.
 */
import { globSync, readFileSync } from "node:fs";

import hre from "hardhat";

import { runMain } from "./runMain.js";

interface Diagnostic {
  readonly severity: string;
  readonly formattedMessage: string;
  readonly sourceLocation?: { readonly file: string };
}

const isOurs = ({ severity, sourceLocation }: Diagnostic): boolean =>
  severity === "warning" && sourceLocation?.file.startsWith("project/contracts/") === true;

function recordedWarnings(): string[] {
  const found = globSync(`${hre.config.paths.artifacts}/build-info/*.output.json`).flatMap((path) => {
    const { output } = JSON.parse(readFileSync(path, "utf8")) as { output: { errors?: Diagnostic[] } };
    return (output.errors ?? []).filter(isOurs).map(({ formattedMessage }) => formattedMessage.trimEnd());
  });
  return [...new Set(found)];
}

async function main(): Promise<boolean> {
  await hre.tasks.getTask("build").run();
  const warnings = recordedWarnings();
  if (warnings.length === 0) return true;
  process.stderr.write(`${warnings.join("\n\n")}\n\n${warnings.length} compiler warning(s) in contracts/\n`);
  return false;
}

await runMain(main);
