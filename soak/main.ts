/** `npm run soak`: the network under faults. `npm run soak -- --help` tells the options. */
import { SystemClock } from "../keepers/core/clock.js";
import { describeError } from "../keepers/core/errors.js";
import { Lifecycle } from "../keepers/core/lifecycle.js";
import { CryptoRandom } from "../keepers/core/random.js";
import { onStopSignal } from "../keepers/core/signals.js";
import { readOptions } from "./options.js";
import { tableOf } from "./report.js";
import { run } from "./run.js";
import { forget } from "./world/world.js";

const CLOSE_MS = 20_000;
/** Each part that runs takes care at the exit of this process that it is not left behind. */
const EXIT_LISTENERS = 100;
const SEEDS = 1_000_000;

process.setMaxListeners(EXIT_LISTENERS);
const options = readOptions(process.argv.slice(2), new CryptoRandom().integer(SEEDS));
const clock = new SystemClock();
const began = clock.now();
const lifecycle = new Lifecycle({ closeTimeoutMs: CLOSE_MS }, { clock });
const output = options.json ? process.stderr : process.stdout;
const tell = (line: string): void => {
  output.write(`${((clock.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${line}\n`);
};
const stopped = new Promise<never>((_, reject) => {
  onStopSignal(() => reject(new Error("stopped by a signal")), { target: process, clock });
});

tell(`seed ${options.seed}, ${options.minutes} minutes of faults`);
let code = 1;
try {
  const { report, isWell, world } = await Promise.race([run(options, { clock, lifecycle, tell }), stopped]);
  code = isWell ? 0 : 1;
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else output.write(`${tableOf(report)}\n`);
  if (!isWell || options.keep) tell(`logs and data are kept in ${world.folder}`);
  await close();
  if (isWell && !options.keep) await forget(world);
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  await close();
}
process.exit(code);

async function close(): Promise<void> {
  for (const { name, error } of await lifecycle.close()) tell(`${name} did not close: ${describeError(error)}`);
}
