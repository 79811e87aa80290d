import { type Result, SimFleet } from "./fleet.js";
import type { SimOptions } from "./options.js";
import type { Summary } from "./processes.js";

/** Seeds between two lines of progress. */
const PROGRESS = 100;

/** Runs the seeds in this process and tells about them. */
export async function runSeeds(options: SimOptions, say: (line: string) => void): Promise<Summary> {
  const { start, seeds, nodes, trace, keepGoing } = options;
  const startedAt = Date.now();
  const failures: Summary["failures"][number][] = [];
  let run = 0;
  const summary = (): Summary => {
    const seconds = (Date.now() - startedAt) / 1000;
    return { seeds: run, start, nodes, seconds, "seeds-per-second": run / seconds, failures };
  };
  for (let seed = start; seed < start + seeds; seed++) {
    const size = nodes[seed % nodes.length] as number;
    const result = await new SimFleet({ seed, nodes: size, show: trace ? say : undefined }).run();
    run += 1;
    if (seeds === 1) say(`seed ${seed}, ${size} oracles: hash ${result.hash}, ${result.events} events`);
    if (result.violation) {
      failures.push({ seed, nodes: size, violation: result.violation.message });
      say(describeFailure(result, result.violation));
      if (!keepGoing) break;
    }
    if (run % PROGRESS === 0) say(progress(summary()));
  }
  return summary();
}

export function progress({ seeds, failures, ...rates }: Summary): string {
  return `${seeds} seeds, ${failures.length} failed, ${rates["seeds-per-second"].toFixed(1)} a second`;
}

function describeFailure({ seed, nodes, seconds }: Result, violation: Error): string {
  const again = `npm run sim -- --seeds 1 --start ${seed} --nodes ${nodes} --trace`;
  return `seed ${seed}, ${nodes} oracles, after ${seconds} s: ${violation.message}\n  ${again}`;
}
