import { Command, InvalidArgumentError, Option } from "commander";

import { MUTATIONS } from "./mutations.js";

export interface SimOptions {
  readonly seeds: number;
  /** Sizes of the fleet; each seed is run for one of them in turn. */
  readonly nodes: readonly number[];
  readonly start: number;
  /** One object at the end instead of text. */
  readonly json: boolean;
  /** Shows everything that happens. */
  readonly trace: boolean;
  /** Goes on after a failing seed. */
  readonly keepGoing: boolean;
  /** Processes to share the seeds among. */
  readonly jobs: number;
  /** Name of a guard to take away, see `mutations.ts`, or "each". */
  readonly without: string | undefined;
}

const LARGEST_FLEET = 63;

export function readOptions(args: readonly string[]): SimOptions {
  const command = new Command("npm run sim --")
    .description("Runs whole fleets of oracles against faults and Byzantine oracles, one seed after the other.")
    .option("--seeds <count>", "how many seeds to run", natural, 100)
    .option("--nodes <sizes>", "size of the first oracle set, or several separated by commas", sizes, [4, 7, 10])
    .option("--start <seed>", "first seed", natural, 0)
    .option("--jobs <count>", "processes to share the seeds among", natural, 1)
    .option("--json", "prints one JSON object at the end, and nothing else", false)
    .option("--trace", "shows everything that happens", false)
    .addOption(
      new Option(
        "--without <guard>",
        "takes a guard away in a copy, or each in turn, and tells which seeds notice",
      ).choices(["each", ...Object.keys(MUTATIONS)]),
    )
    .option("--keep-going", "goes on after a failing seed", false);
  command.parse([...args], { from: "user" });
  return command.opts<SimOptions>();
}

function natural(text: string): number {
  if (!/^\d{1,9}$/u.test(text)) throw new InvalidArgumentError("want a whole number from 0.");
  return Number(text);
}

function sizes(text: string): number[] {
  const all = text.split(",").map(natural);
  if (all.some((size) => size < 4 || size > LARGEST_FLEET)) {
    throw new InvalidArgumentError(`want sizes from 4 to ${LARGEST_FLEET}, such as 4,7,10.`);
  }
  return all;
}
