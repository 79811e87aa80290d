import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Edit, MUTATIONS } from "./mutations.js";
import { runChild, type Summary } from "./processes.js";

/** Copies the keepers and the simulation to a folder of its own, takes a guard away there, and runs the simulation in it. */
export async function runMutant(name: string, args: readonly string[]): Promise<Summary> {
  const root = process.cwd();
  const directory = mkdtempSync(join(tmpdir(), `sim-without-${name}-`));
  try {
    for (const part of ["keepers", "sim", "package.json", "tsconfig.json"]) {
      cpSync(join(root, part), join(directory, part), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
    for (const edit of MUTATIONS[name]?.edits ?? []) apply(directory, edit);
    return await runChild(args, directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** One line: which promises the seeds saw broken, and the first seeds that did. */
export function describeMutant(name: string, { seeds, failures }: Summary): string {
  const promises = new Set(failures.map(({ violation }) => violation.split(":")[0]));
  const first = failures.slice(0, 4).map(({ seed, nodes }) => `${seed} (${nodes})`);
  const caught = failures.length === 0 ? "NOT CAUGHT" : `${[...promises].join(", ")}; seeds ${first.join(", ")}`;
  return `${name.padEnd(12)} ${failures.length} of ${seeds}: ${caught}`;
}

function apply(directory: string, { file, find, replace }: Edit): void {
  const path = join(directory, file);
  const parts = readFileSync(path, "utf8").split(find);
  if (parts.length !== 2) {
    throw new RangeError(`${file}: ${JSON.stringify(find)} stands there ${parts.length - 1} times, want once`);
  }
  writeFileSync(path, parts.join(replace));
}
