/**
 * `npm run coverage:contracts [-- --json]`: lines and branches of `contracts/` that the contracts' own tests execute. Works in a
 * copy of the project, because the contracts are rewritten for it. Status 1 below 100 % of lines or 98 % of branches.
 */
import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { collect, type FileCoverage, instrumentAll, summarise } from "./measure.js";

const LEAST = { lines: 100, branches: 98 };
/** Hardhat keeps the chain state of every test it ran until the process ends, up to a gigabyte a file. */
const FILES_AT_ONCE = 6;

const COPIED = "{contracts,test,deploy,docs,scripts,tasks,keepers,sdk,sim,bench,vectors,snapshots}";

interface Run {
  readonly name: string;
  readonly args: readonly string[];
}

function runs(): Run[] {
  const files = globSync("test/{contracts,findings}/**/*.t.sol").sort();
  const groups = Array.from({ length: Math.ceil(files.length / FILES_AT_ONCE) }, (_, group) =>
    files.slice(group * FILES_AT_ONCE, (group + 1) * FILES_AT_ONCE),
  );
  return [
    { name: "compile", args: ["build", "--no-tests"] },
    ...groups.map((group, index) => ({
      name: `Solidity tests ${index + 1} of ${groups.length}`,
      args: ["test", "solidity", ...group],
    })),
    { name: "tests in TypeScript", args: ["test", "mocha", ...globSync("test/contracts/**/*.test.ts").sort()] },
  ];
}

function copyProject(): string {
  const root = mkdtempSync(join(tmpdir(), "coverage-"));
  for (const path of [...globSync(COPIED), "hardhat.config.ts", "package.json", "tsconfig.json", ".mocharc.json"]) {
    cpSync(path, join(root, path), { recursive: true });
  }
  symlinkSync(resolve("node_modules"), join(root, "node_modules"));
  return root;
}

/** @throws Error with what Hardhat printed when a test fails: coverage by failing tests says nothing */
function execute(root: string, { name, args }: Run): void {
  const command = ["--import", "tsx", "node_modules/hardhat/dist/src/cli.js", "--coverage", ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, maxBuffer: 2 ** 30 });
  if (status === 0) return;
  throw new Error(`${name} ended with status ${String(status)}:\n${stdout.toString()}${stderr.toString()}`);
}

function measure(root: string): FileCoverage[] {
  const decisions = instrumentAll(root);
  const hits = new Set<string>();
  for (const run of runs()) {
    const started = performance.now();
    execute(root, run);
    collect(root, hits);
    process.stderr.write(`${run.name}: ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  }
  return summarise(root, decisions, hits);
}

const sum = (files: readonly FileCoverage[], key: "lines" | "linesHit" | "branches" | "branchesHit"): number =>
  files.reduce((total, file) => total + file[key], 0);

const percent = (hit: number, all: number): number => (all === 0 ? 100 : (100 * hit) / all);

function render(file: FileCoverage): string {
  const share = (hit: number, all: number): string => `${percent(hit, all).toFixed(2).padStart(7)} % (${hit}/${all})`;
  const lines = share(file.linesHit, file.lines).padEnd(22);
  const row = `${file.file.padEnd(54)}${lines}${share(file.branchesHit, file.branches)}\n`;
  return row + file.missing.map((missing) => `    ${missing}\n`).join("");
}

function main(): boolean {
  const { values } = parseArgs({ options: { json: { type: "boolean" } } });
  const root = copyProject();
  try {
    const files = measure(root);
    const total: FileCoverage = {
      file: "all",
      lines: sum(files, "lines"),
      linesHit: sum(files, "linesHit"),
      branches: sum(files, "branches"),
      branchesHit: sum(files, "branchesHit"),
      missing: [],
    };
    const lines = percent(total.linesHit, total.lines);
    const branches = percent(total.branchesHit, total.branches);
    const text =
      values.json === true
        ? `${JSON.stringify({ lines, branches, least: LEAST, files }, null, 2)}\n`
        : `${"".padEnd(54)}${"lines".padEnd(22)}branches\n${[...files, total].map(render).join("")}`;
    process.stdout.write(text);
    return lines >= LEAST.lines && branches >= LEAST.branches;
  } finally {
    rmSync(root, { recursive: true });
  }
}

process.exitCode = main() ? 0 : 1;
