import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { measureDecision } from "./decide.js";
import { type FigureKey, FIGURES, type Figures, isFigureKey, rounded, shortfalls, tabulate } from "./figures.js";
import { measureFinalize } from "./finalize.js";
import { measureGrowth } from "./growth.js";
import { measureIngestLoad } from "./ingestLoad.js";
import { measureIngestRatio } from "./ingestRatio.js";
import { measureProofs } from "./proofs.js";
import { renderMarkdown, renderText } from "./table.js";

const README = new URL("../README.md", import.meta.url);
const GROWTH = "growth";
const DEFAULT_SECONDS = 120;

const HELP = `Usage: npm run bench:oracle -- [option]

Measures how fast the oracle is and prints a table, telling on standard error what it does.

  --json         print one JSON object, key to figure, and nothing else
  --only <keys>  measure some, keys separated by commas: ${[...FIGURES.map(({ key }) => key), GROWTH].join(", ")}
  --seconds <n>  how long the load of 46,224 nodes lasts; default ${DEFAULT_SECONDS}, shorter only to look
  --check        status 1 when a figure is not what is asked of it
  --update       write the tables into bench/README.md
  --help         print this text
`;

type Tell = (text: string) => void;

interface Options {
  readonly json: boolean;
  readonly check: boolean;
  readonly update: boolean;
  readonly help: boolean;
  readonly seconds: number;
  readonly keys: ReadonlySet<FigureKey>;
  readonly growth: boolean;
}

/** One measurement gives one figure or several. */
interface Measurement {
  readonly keys: readonly FigureKey[];
  readonly measure: (options: Options, tell: Tell) => Promise<Figures>;
}

const MEASUREMENTS: readonly Measurement[] = [
  {
    keys: ["ingest-ratio"],
    measure: async (_options, tell) => ({ "ingest-ratio": await measureIngestRatio(40, tell) }),
  },
  {
    keys: ["ingest-46224-core-share", "ingest-46224-rss-mb"],
    measure: async ({ seconds }, tell) => {
      const { coreShare, rssMb } = await measureIngestLoad(seconds, tell);
      return { "ingest-46224-core-share": coreShare, "ingest-46224-rss-mb": rssMb };
    },
  },
  {
    keys: ["finalize-ratio"],
    measure: async (_options, tell) => ({ "finalize-ratio": await measureFinalize(9, tell) }),
  },
  {
    keys: ["decide-seconds"],
    measure: async (_options, tell) => ({ "decide-seconds": await measureDecision(0, tell) }),
  },
  {
    keys: ["decide-two-dead-seconds"],
    measure: async (_options, tell) => ({ "decide-two-dead-seconds": await measureDecision(2, tell) }),
  },
  {
    keys: ["proofs-per-second"],
    measure: async (_options, tell) => ({ "proofs-per-second": await measureProofs(9, tell) }),
  },
];

/** @throws Error that names the argument which is not understood */
function readOptions(): Options {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    options: {
      ...{ json: flag, check: flag, update: flag, help: flag },
      only: { type: "string" },
      seconds: { type: "string", default: String(DEFAULT_SECONDS) },
    },
  });
  const seconds = Number(values.seconds);
  if (!Number.isInteger(seconds) || seconds < 20) throw new Error(`--seconds: got ${values.seconds}, want 20 or more`);
  return { ...values, seconds, ...readKeys(values.only) };
}

function readKeys(only: string | undefined): Pick<Options, "keys" | "growth"> {
  if (only === undefined) return { keys: new Set(FIGURES.map(({ key }) => key)), growth: true };
  const names = only.split(",").filter((name) => name !== GROWTH);
  const unknown = names.find((name) => !isFigureKey(name));
  if (unknown !== undefined) throw new Error(`--only: there is no ${unknown}; see --help`);
  return { keys: new Set(names.filter(isFigureKey)), growth: only.split(",").includes(GROWTH) };
}

async function measureFigures(options: Options, tell: Tell): Promise<Figures> {
  let figures: Figures = {};
  for (const { keys, measure } of MEASUREMENTS) {
    const wanted = keys.filter((key) => options.keys.has(key));
    if (wanted.length === 0) continue;
    const measured = await measure(options, (text) => tell(`${wanted.join(", ")}: ${text}`));
    figures = { ...figures, ...Object.fromEntries(wanted.map((key) => [key, measured[key]])) };
  }
  return rounded(figures);
}

async function record(name: string, table: readonly (readonly string[])[]): Promise<void> {
  const readme = await readFile(README, "utf8");
  const place = new RegExp(`(?<=<!-- ${name}: begin -->\n)[^]*(?=<!-- ${name}: end -->)`);
  if (!place.test(readme)) throw new Error(`bench/README.md lacks <!-- ${name}: begin --> and <!-- ${name}: end -->`);
  await writeFile(README, readme.replace(place, `\n${renderMarkdown(table)}\n`));
}

async function run(options: Options): Promise<boolean> {
  const tell: Tell = options.json ? () => undefined : (text) => void process.stderr.write(`${text}\n`);
  const figures = await measureFigures(options, tell);
  const table = tabulate(figures);
  if (options.json) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  else process.stdout.write(renderText(table));
  if (options.update) await record("oracle", table);
  if (options.growth && !options.json) {
    const growth = await measureGrowth((text) => tell(`${GROWTH}: ${text}`));
    process.stdout.write(`\n${renderText(growth)}`);
    if (options.update) await record(GROWTH, growth);
  }
  const missed = shortfalls(figures);
  for (const complaint of missed) process.stderr.write(`${complaint}\n`);
  return !options.check || missed.length === 0;
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

// The fleets' clocks stand still and hold nothing open; whatever else does is not waited for.
process.exit((await main()) ? 0 : 1);
