import { parseArgs } from "node:util";

import { type Measured, roundedOf, shortfallsOf, tabulateOf } from "../figures.js";
import { renderText } from "../oracle/table.js";
import { measureIdleAgent } from "./agentIdle.js";
import { type FigureKey, FIGURES } from "./figures.js";
import { measureLaunch } from "./launch.js";
import { measurePlacement } from "./placement.js";

const HELP = `Usage: npm run bench:jobs -- [option]

Measures how fast jobs are placed and run, and prints a table, telling on standard error what it does.

  --json         print one JSON object, key to figure, and nothing else
  --only <keys>  measure some, keys separated by commas: ${FIGURES.map(({ key }) => key).join(", ")}
  --check        status 1 when a figure is not what is asked of it
  --help         print this text
`;

type Tell = (text: string) => void;

const MEASUREMENTS: Readonly<Record<FigureKey, (tell: Tell) => number | Promise<number>>> = {
  "placement-seconds": (tell) => measurePlacement(5, tell),
  "launch-p95-seconds": measureLaunch,
  "agent-idle-core-share": (tell) => measureIdleAgent(tell),
};

interface Options {
  readonly json: boolean;
  readonly check: boolean;
  readonly help: boolean;
  readonly keys: readonly FigureKey[];
}

/** @throws Error that names the argument which is not understood */
function readOptions(): Options {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({ options: { json: flag, check: flag, help: flag, only: { type: "string" } } });
  const known = FIGURES.map(({ key }) => key);
  const wanted = values.only?.split(",") ?? known;
  const unknown = wanted.find((name) => !known.some((key) => key === name));
  if (unknown !== undefined) throw new Error(`--only: there is no ${unknown}; see --help`);
  return { ...values, keys: known.filter((key) => wanted.includes(key)) };
}

async function measure(keys: readonly FigureKey[], tell: Tell): Promise<Measured> {
  const figures: Partial<Record<FigureKey, number>> = {};
  for (const key of keys) figures[key] = await MEASUREMENTS[key]((text) => tell(`${key}: ${text}`));
  return roundedOf(FIGURES, figures);
}

async function run({ json, check, keys }: Options): Promise<boolean> {
  const tell: Tell = json ? () => undefined : (text) => void process.stderr.write(`${text}\n`);
  const figures = await measure(keys, tell);
  if (json) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  else process.stdout.write(renderText(tabulateOf(FIGURES, figures)));
  const missed = shortfallsOf(FIGURES, figures);
  for (const complaint of missed) process.stderr.write(`${complaint}\n`);
  return !check || missed.length === 0;
}

async function main(): Promise<boolean> {
  try {
    const options = readOptions();
    if (!options.help) return await run(options);
    process.stdout.write(HELP);
    return true;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
}

process.exitCode = (await main()) ? 0 : 1;
