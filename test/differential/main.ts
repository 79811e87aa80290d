import { parseArgs } from "node:util";

import hre from "hardhat";

const HELP = `Usage: npm run differential -- [options]

Drives the contracts and the model of test/differential with the same random steps and compares everything after each.
Status 1 where they part; the seed and the steps that lead there are printed.

  --seeds <n>   walks (20)
  --start <n>   seed of the first one (1)
  --steps <n>   steps of each (400)
  --json        print one JSON object: {seeds, steps, compared, divergences, actions, errors}
  --help        print this text
`;

/** Replays that a divergence is shortened with. */
const REPLAYS = 60;

function readOptions() {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "20" },
      start: { type: "string", default: "1" },
      steps: { type: "string", default: "400" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { seeds, start, steps, ...flags } = values;
  return { seeds: count("seeds", seeds), start: count("start", start), steps: count("steps", steps), ...flags };
}

/** @throws Error that says what was wanted */
function count(name: string, given: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(given)) throw new Error(`--${name}: got ${given}, want a number from 1 on`);
  return Number(given);
}

async function main(): Promise<void> {
  const { seeds, start, steps, json, help } = readOptions();
  if (help) return void process.stdout.write(HELP);
  await hre.tasks.getTask("build").run({ quiet: true, noTests: true });
  // The contracts' types are made by the build, so what needs them is loaded after it.
  const { describe, shrink, Tally, walk } = await import("./walk/walk.js");
  const tally = new Tally();
  const divergences: string[] = [];
  for (let seed = start; seed < start + seeds; seed++) {
    const divergence = await walk(seed, steps, tally);
    if (divergence) divergences.push(describe(await shrink(divergence, REPLAYS)));
    process.stderr.write(`seed ${seed}: ${divergence ? `DIFFERS\n${divergences.at(-1)}` : "agrees"}\n`);
  }
  if (divergences.length > 0) process.exitCode = 1;
  const { done, refused, errors, compared } = tally;
  const actions = [...new Set([...done.keys(), ...refused.keys()])].sort();
  if (json) {
    const counts = actions.map((name) => [name, { done: done.get(name) ?? 0, refused: refused.get(name) ?? 0 }]);
    const result = { seeds, steps, compared, divergences, actions: Object.fromEntries(counts) as object };
    process.stdout.write(`${JSON.stringify({ ...result, errors: Object.fromEntries(errors) as object })}\n`);
    return;
  }
  for (const name of actions) {
    process.stdout.write(`${name.padEnd(20)} ${done.get(name) ?? 0} done, ${refused.get(name) ?? 0} refused\n`);
  }
  process.stdout.write(
    `${seeds} walks of ${steps} steps, ${errors.size} kinds of refusal, ${compared} reads compared: `,
  );
  process.stdout.write(divergences.length === 0 ? "all agree\n" : `${divergences.length} differ\n`);
}

await main();
