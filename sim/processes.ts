import { spawn } from "node:child_process";

/** What a run of many seeds came to: printed by `--json`. */
export interface Summary {
  readonly seeds: number;
  readonly start: number;
  readonly nodes: readonly number[];
  readonly seconds: number;
  readonly "seeds-per-second": number;
  readonly failures: readonly { readonly seed: number; readonly nodes: number; readonly violation: string }[];
}

/** Runs the simulation in a process of its own. @throws Error when it prints no summary */
export function runChild(args: readonly string[], directory = process.cwd()): Promise<Summary> {
  const child = spawn(process.execPath, ["--import", "tsx", "sim/main.ts", ...args, "--json", "--keep-going"], {
    cwd: directory,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => {
      try {
        resolve(JSON.parse(Buffer.concat(output).toString()) as Summary);
      } catch (error) {
        reject(new Error(`the simulation in ${directory} ended without a summary`, { cause: error }));
      }
    });
  });
}

/** Shares the seeds among processes: each takes the next few when it is done with its own. */
export async function runJobs(
  { start, seeds, nodes, jobs }: { start: number; seeds: number; nodes: readonly number[]; jobs: number },
  onPart: (whole: Summary) => void,
): Promise<Summary> {
  const startedAt = Date.now();
  const parts: Summary[] = [];
  let next = start;
  const whole = (): Summary => {
    const done = parts.reduce((sum, part) => sum + part.seeds, 0);
    const seconds = (Date.now() - startedAt) / 1000;
    const failures = parts.flatMap((part) => part.failures).sort((a, b) => a.seed - b.seed);
    return { seeds: done, start, nodes, seconds, "seeds-per-second": done / seconds, failures };
  };
  const work = async (): Promise<void> => {
    while (next < start + seeds) {
      const from = next;
      next = Math.min(from + CHUNK, start + seeds);
      const range = ["--start", String(from), "--seeds", String(next - from)];
      parts.push(await runChild([...range, "--nodes", nodes.join(",")]));
      onPart(whole());
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return whole();
}

const CHUNK = 250;
