import { CommanderError } from "commander";

import { SystemClock } from "../../keepers/core/clock.js";
import { SystemDisk } from "../../keepers/core/disk.js";
import { describeError } from "../../keepers/core/errors.js";
import { writeJson } from "../../keepers/core/files.js";
import { Lifecycle } from "../../keepers/core/lifecycle.js";
import { CryptoRandom } from "../../keepers/core/random.js";
import { onStopSignal, type SignalTarget } from "../../keepers/core/signals.js";
import { checkWritable } from "./dataFolder.js";
import { keeperLogger } from "./keeperLogger.js";
import { Narrator } from "./narrator.js";
import { type NetworkDependencies, openNetwork } from "./network.js";
import { type NetworkOptions, parseOptions } from "./options.js";
import { checkReport, makeReport } from "./report.js";
import { tellStory } from "./story/story.js";
import type { Terminal, View } from "./view/types.js";
import { openView } from "./view/view.js";
import type { EpochRecord, World } from "./world.js";

/** What the command touches outside itself; `process` has all of it. */
export interface RunDependencies {
  readonly signals: SignalTarget;
  readonly output: Terminal;
  readonly errors: { write(text: string): unknown };
}

const ExitCode = { OK: 0, FAILED: 1, USAGE: 2 } as const;

/** For one part; all of them together stay below five seconds. */
const CLOSE_TIMEOUT_MS = 1_800;

/** Runs the network until its epochs are done, a signal comes, or something goes wrong. Gives the exit code. */
export async function run(argv: readonly string[], dependencies: RunDependencies): Promise<number> {
  try {
    return await play(parseOptions(argv, dependencies), dependencies);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
  }
}

async function play(options: NetworkOptions, { signals, output, errors }: RunDependencies): Promise<number> {
  const clock = new SystemClock();
  const narrator = new Narrator({ clock });
  const logger = keeperLogger(options, { clock, narrator });
  const lifecycle = new Lifecycle({ closeTimeoutMs: CLOSE_TIMEOUT_MS }, { clock, logger });
  const stop = new AbortController();
  onStopSignal(
    () => {
      stop.abort(new Error("stopped by a signal"));
    },
    { target: signals, clock },
  );
  const view = openView(options, { output, clock, narrator });
  let code: number = ExitCode.OK;
  try {
    const telling = tell(options, view, {
      lifecycle,
      narrator,
      clock,
      random: new CryptoRandom(),
      disk: new SystemDisk(),
      logger,
      dockerHost: process.env["DOCKER_HOST"],
    });
    await Promise.race([telling, aborted(stop.signal)]);
    telling.catch(() => undefined);
  } catch (error) {
    view.close();
    errors.write(`\n${describeError(error)}\n`);
    code = ExitCode.FAILED;
  }
  view.close();
  output.write("closing…\n");
  const failures = await lifecycle.close();
  for (const { name, error } of failures) errors.write(`${name} did not close: ${describeError(error)}\n`);
  output.write("everything is closed\n");
  return failures.length === 0 ? code : ExitCode.FAILED;
}

/** Resolves when the epochs are done and the process is to end. */
async function tell(options: NetworkOptions, view: View, dependencies: NetworkDependencies): Promise<void> {
  if (options.report !== undefined) await checkWritable(options.report, dependencies.disk);
  const world = await openNetwork(options, dependencies);
  view.show(world);
  await tellStory(world, (epochs) => onEpoch(world, epochs, dependencies));
}

async function onEpoch(
  world: World,
  epochs: readonly EpochRecord[],
  { disk }: Pick<NetworkDependencies, "disk">,
): Promise<boolean> {
  const { options, narrator } = world;
  if (epochs.length !== options.epochs) return false;
  const report = await makeReport(world, epochs);
  if (options.report !== undefined) {
    await writeJson(disk, options.report, report);
    narrator.tell(`the report is in ${options.report}`);
  }
  checkReport(report);
  narrator.chapter("Every claim equals minted(x), to the wei");
  if (report.jobs.some(({ expected }) => expected !== null)) {
    narrator.chapter("Every job was paid, burned and refunded by the law, to the wei");
  }
  return options.exit;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
