import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import hre from "hardhat";

import { type Figures, OPERATIONS, type OperationKey } from "./operations.js";
import type { Expense } from "./profile.js";
import { aboveCeiling, changedSince, renderMarkdown, renderTable } from "./report.js";

const SNAPSHOT = new URL("../../snapshots/gas.json", import.meta.url);
const README = new URL("../README.md", import.meta.url);
const TABLE = /(?<=<!-- gas: begin -->\n)[^]*(?=<!-- gas: end -->)/;

const HELP = `Usage: npm run bench:gas -- [option]

Measures what the protocol's transactions cost, on a chain in this process, and prints a table.

  --json           print one JSON object, key to gas
  --check          compare with snapshots/gas.json: status 1 when a figure changed by more than 2 %, or is above its ceiling
  --update         write the figures to snapshots/gas.json and into bench/README.md
  --profile <key>  print where the gas of one operation goes
  --help           print this text
`;

interface Options {
  readonly json: boolean;
  readonly check: boolean;
  readonly update: boolean;
  readonly help: boolean;
  readonly profile: OperationKey | undefined;
}

/** @throws Error that names the argument which is not understood */
function readOptions(): Options {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    options: { json: flag, check: flag, update: flag, help: flag, profile: { type: "string" } },
  });
  const { profile } = values;
  if (profile === undefined || isOperation(profile)) return { ...values, profile };
  const keys = OPERATIONS.map(({ key }) => key).join(", ");
  throw new Error(`--profile: got ${profile}, want one of ${keys}`);
}

function isOperation(key: string): key is OperationKey {
  return OPERATIONS.some((operation) => operation.key === key);
}

/** The contracts' types are made by the build, so what needs them is loaded after it. */
async function benchmark() {
  await hre.tasks.getTask("build").run({ quiet: true, noTests: true });
  return import("./measure.js");
}

async function printProfile(key: OperationKey): Promise<void> {
  const { explain } = await benchmark();
  const expenses = await explain(key);
  const total = { what: "in all", count: 1, gas: expenses.reduce((sum, { gas }) => sum + gas, 0) };
  for (const expense of [...expenses, total]) process.stdout.write(renderExpense(expense));
}

function renderExpense({ gas, count, what }: Expense): string {
  return `${String(gas).padStart(9)}  ${`${count} ×`.padStart(7)}  ${what}\n`;
}

function print(figures: Figures, asJson: boolean): void {
  process.stdout.write(asJson ? `${JSON.stringify(figures, null, 2)}\n` : renderTable(figures));
}

async function record(figures: Figures): Promise<void> {
  await writeFile(SNAPSHOT, `${JSON.stringify(figures, null, 2)}\n`);
  const readme = await readFile(README, "utf8");
  if (!TABLE.test(readme)) throw new Error("bench/README.md lacks the lines <!-- gas: begin --> and <!-- gas: end -->");
  await writeFile(README, readme.replace(TABLE, `\n${renderMarkdown(figures)}\n`));
}

/** Whether the figures are the snapshot's, and below their ceilings; says what is not. */
async function isSound(figures: Figures): Promise<boolean> {
  const changed = changedSince(JSON.parse(await readFile(SNAPSHOT, "utf8")) as Record<string, unknown>, figures);
  if (changed.length > 0) {
    changed.push("When that is meant: npm run bench:gas -- --update, and commit what it wrote.");
  }
  const complaints = [...changed, ...aboveCeiling(figures)];
  for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
  return complaints.length === 0;
}

async function run({ json, check, update, profile, help }: Options): Promise<boolean> {
  if (help) process.stdout.write(HELP);
  if (profile !== undefined) await printProfile(profile);
  if (help || profile !== undefined) return true;

  const { measure } = await benchmark();
  const figures = await measure();
  print(figures, json);
  if (update) await record(figures);
  return !check || isSound(figures);
}

async function main(): Promise<boolean> {
  try {
    return await run(readOptions());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
}

if (!(await main())) process.exitCode = 1;
