/**
 * `npm run test:deep`: what `npm test` checks with few random inputs, with many. Every round draws from a seed of its own, which
 * is printed with the command that repeats it.
 */
import { randomInt } from "node:crypto";
import { globSync } from "node:fs";
import { parseArgs } from "node:util";

import { runStep } from "./check/run.js";
import type { Step } from "./check/steps.js";

const HELP = `Usage: npm run test:deep -- [options]

  --minutes <n>   how long, about, with all parts (40); every part runs a whole round at least
  --only <parts>  some of: invariants, fuzz, simulation, differential
  --seed <n>      first seed (random)
  --help          print this text
`;

/** Hardhat keeps the chain states of all tests until its process ends: so few files at once. */
const FILES_AT_ONCE = 6;
const GRACE_MS = 5_000;
const LIMIT_MS = 60 * 60_000;
const LARGEST_SEED = 900_000_000;

interface Part {
  /** Of all the time. */
  readonly share: number;
  /** The commands of one round; they use the seeds from `seed` to `seed + stride - 1`. */
  readonly round: (seed: number) => readonly (readonly string[])[];
  readonly stride: number;
}

const script = (path: string, ...args: (string | number)[]): string[] => [
  "node",
  "--import",
  "tsx",
  path,
  ...args.map(String),
];

const solidity = (seed: number, depth: readonly (string | number)[], files: readonly string[]): string[] =>
  script("scripts/check/hardhatTests.ts", "solidity", "--seed", seed, ...depth, ...files);

function fuzz(seed: number): string[][] {
  const files = globSync("test/**/*.t.sol", { exclude: ["test/invariant/**"] }).sort();
  const groups = Math.ceil(files.length / FILES_AT_ONCE);
  return Array.from({ length: groups }, (_, group) =>
    solidity(seed, ["--fuzz-runs", 10_000], files.slice(group * FILES_AT_ONCE, (group + 1) * FILES_AT_ONCE)),
  );
}

const PARTS: Readonly<Record<string, Part>> = {
  invariants: {
    share: 0.4,
    stride: 1,
    round: (seed) => [
      solidity(seed, ["--invariant-runs", 64, "--invariant-depth", 500], globSync("test/invariant/*.t.sol").sort()),
    ],
  },
  fuzz: { share: 0.3, stride: 1, round: fuzz },
  simulation: { share: 0.15, stride: 100, round: (seed) => [script("sim/main.ts", "--start", seed, "--seeds", 100)] },
  differential: {
    share: 0.15,
    stride: 5,
    round: (seed) => [script("test/differential/main.ts", "--start", seed, "--seeds", 5)],
  },
};

interface Options {
  readonly minutes: number;
  readonly parts: readonly (readonly [string, Part])[];
  readonly seed: number;
  readonly help: boolean;
}

/** @throws Error that names the argument which is not understood */
function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "40" },
      only: { type: "string" },
      seed: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const names = values.only?.split(",") ?? Object.keys(PARTS);
  return {
    minutes: natural("minutes", values.minutes),
    seed: values.seed === undefined ? randomInt(1, LARGEST_SEED) : natural("seed", values.seed),
    parts: names.map((name) => [name, partOf(name)]),
    help: values.help,
  };
}

function natural(option: string, given: string): number {
  if (!/^[1-9]\d{0,8}$/u.test(given)) throw new Error(`--${option}: got ${given}, want a whole number from 1 on`);
  return Number(given);
}

function partOf(name: string): Part {
  const part = PARTS[name];
  if (part === undefined) throw new Error(`--only: got ${name}, want some of ${Object.keys(PARTS).join(", ")}`);
  return part;
}

/** Resolves with the commands that failed. */
async function runRound(
  name: string,
  commands: readonly (readonly string[])[],
  signal: AbortSignal,
): Promise<string[]> {
  const failed: string[] = [];
  for (const command of commands) {
    const step: Step = { name, title: name, command };
    const { verdict, seconds, reason } = await runStep(step, {
      limitMs: LIMIT_MS,
      graceMs: GRACE_MS,
      strict: false,
      signal,
    });
    process.stdout.write(`  ${verdict} in ${seconds.toFixed(0)} s${reason === undefined ? "" : `: ${reason}`}\n`);
    if (verdict === "fail") failed.push(command.join(" "));
    if (signal.aborted) break;
  }
  return failed;
}

async function runPart(name: string, part: Part, milliseconds: number, first: number, signal: AbortSignal) {
  const started = performance.now();
  const failed: string[] = [];
  let rounds = 0;
  do {
    const seed = first + rounds * part.stride;
    rounds += 1;
    process.stdout.write(`\n▸ ${name}, round ${rounds}, seed ${seed}\n`);
    failed.push(...(await runRound(name, part.round(seed), signal)));
  } while (failed.length === 0 && !signal.aborted && performance.now() - started < milliseconds);
  return { name, rounds, failed, minutes: (performance.now() - started) / 60_000 };
}

async function main(): Promise<boolean> {
  const options = readOptions();
  if (options.help) return process.stdout.write(HELP);
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      interruption.abort(`stopped by ${signal}`);
    });
  }
  const whole = options.parts.reduce((sum, [, { share }]) => sum + share, 0);
  const results = [];
  for (const [name, part] of options.parts) {
    if (interruption.signal.aborted) break;
    const milliseconds = (options.minutes * 60_000 * part.share) / whole;
    results.push(await runPart(name, part, milliseconds, options.seed, interruption.signal));
  }
  process.stdout.write("\n");
  for (const { name, rounds, minutes, failed } of results) {
    process.stdout.write(`${name.padEnd(14)}${rounds} rounds, ${minutes.toFixed(1)} min, ${failed.length} failed\n`);
    for (const command of failed) process.stdout.write(`  to repeat it: ${command}\n`);
  }
  return !interruption.signal.aborted && results.every(({ failed }) => failed.length === 0);
}

if (!(await main())) process.exitCode = 1;
