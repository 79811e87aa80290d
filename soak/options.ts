import { Command, InvalidArgumentError } from "commander";

export interface SoakOptions {
  /** How long faults are made, after the first epoch. */
  readonly minutes: number;
  /** Of the plan of faults and activities; the times are the machine's. */
  readonly seed: number;
  /** One object at the end on standard output, and nothing else there. */
  readonly json: boolean;
  /** Edge nodes with a Node Deed that run jobs. */
  readonly nodes: number;
  /** Keep logs and data although all went well. */
  readonly keep: boolean;
}

const HELP = `
Chain, Mosquitto, Redis, Docker (for root; otherwise containers are pretended, and it says so), four oracle processes, node processes
and a Deeploy process run on this machine, on free loopback ports. They are killed, paused and cut off from chain, broker, Redis and disk
by a plan that the seed gives; jobs are bought, extended, closed, settled and refunded meanwhile. Then the faults stop, and
everything is held against what the protocol says. Exit status: 0 nothing was lost, 1 something was, 2 wrong usage.`;

/** Exits the process with 2 for arguments that make no sense. */
export function readOptions(args: readonly string[], seed: number): SoakOptions {
  const command = new Command("npm run soak --")
    .description("Runs the whole network under random faults, and tells what was lost: nothing.")
    .option("--minutes <n>", "how long faults are made", amount, 10)
    .option("--seed <n>", "of the plan; default: a random one, which is printed", whole(0, 999_999_999), seed)
    .option("--nodes <n>", "edge nodes that buy a Node Deed and run jobs", whole(3, 8), 4)
    .option("--json", "print one JSON object at the end, and nothing else, on standard output", false)
    .option("--keep", "keep logs and data also when all went well", false)
    .addHelpText("after", HELP)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  command.parse([...args], { from: "user" });
  return command.opts<SoakOptions>();
}

function amount(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0 && minutes <= 10_000)) throw new InvalidArgumentError("want minutes, such as 10 or 1.5.");
  return minutes;
}

function whole(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/u.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`want a whole number from ${least} to ${most}.`);
  };
}
