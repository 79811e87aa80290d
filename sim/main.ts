import { rememberSignatures } from "./fastSignatures.js";
import { describeMutant, runMutant } from "./mutants.js";
import { MUTATIONS } from "./mutations.js";
import { readOptions, type SimOptions } from "./options.js";
import { runJobs, type Summary } from "./processes.js";
import { progress, runSeeds } from "./seeds.js";

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Takes guards away, one at a time; fails when a guard is not missed. */
async function bite(options: SimOptions, without: string): Promise<boolean> {
  const names = without === "each" ? Object.keys(MUTATIONS) : [without];
  const range = ["--start", String(options.start), "--seeds", String(options.seeds)];
  let isCaught = true;
  for (const name of names) {
    const summary = await runMutant(name, [...range, "--nodes", options.nodes.join(",")]);
    print(describeMutant(name, summary));
    isCaught &&= summary.failures.length > 0;
  }
  return isCaught;
}

async function run(options: SimOptions): Promise<boolean> {
  const say = options.json ? () => undefined : print;
  rememberSignatures();
  const summary: Summary =
    options.jobs > 1 ? await runJobs(options, (part) => say(progress(part))) : await runSeeds(options, say);
  if (options.jobs > 1)
    for (const { seed, nodes, violation } of summary.failures) say(`${seed} (${nodes}): ${violation}`);
  say(progress(summary));
  if (options.json) print(JSON.stringify(summary));
  return summary.failures.length === 0;
}

const options = readOptions(process.argv.slice(2));
const isWell = options.without === undefined ? await run(options) : await bite(options, options.without);
process.exitCode = isWell ? 0 : 1;
