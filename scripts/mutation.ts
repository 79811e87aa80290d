import { availableParallelism } from "node:os";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { format, resolveConfig } from "prettier";

import { allMutants, runCampaign, type Progress } from "./mutation/campaign.js";
import { judge, readJustifications, type Judgement } from "./mutation/justified.js";
import { renderMarkdown, renderText, summaryOf } from "./mutation/report.js";
import { SourceTree } from "./mutation/sourceTree.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const JUSTIFIED = new URL("mutation/justified.json", import.meta.url);
const REPORT = new URL("../docs/audit/mutation.md", import.meta.url);
const RESULTS = /(?<=<!-- results: begin -->\n)[^]*(?=<!-- results: end -->)/;

/** Properties are tried with fewer inputs than in `npm test`: two thousand mutants have to be. */
const FUZZ_RUNS = 16;

const SAY_EVERY_MS = 10_000;

const HELP = `Usage: npm run check:mutation -- [option]

Makes small mistakes in the contracts, one at a time, and runs the Solidity tests on each: a mistake that no test sees survives.
Verdicts are kept in cache/mutation, so a run that was interrupted goes on, and one after an edit tries what the edit touches.
Ends with status 1 when a mutant survived that scripts/mutation/justified.json does not justify, or when that list is stale.

  --only <path>  only contracts whose path starts so, such as contracts/jobs; may be given more than once
  --jobs <n>     processes, ${availableParallelism()} if not told
  --fresh        forget earlier verdicts
  --list         print the mutants and try none
  --update       write the results into docs/audit/mutation.md
  --json         print {killed, survived, justified} and nothing else to the standard output
  --help         print this text
`;

function readOptions() {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: [] },
      jobs: { type: "string", default: String(availableParallelism()) },
      ...{ fresh: flag, list: flag, update: flag, json: flag, help: flag },
    },
  });
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error(`--jobs: got ${values.jobs}, want a whole number from 1`);
  if (values.update && values.only.length > 0)
    throw new Error("--update: the report is about all contracts, without --only");
  return { ...values, jobs };
}

const clock = (ms: number): string => `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1_000)} s`;

/** Says on standard error how far it is and when it will be done. */
function newProgress(): Progress {
  const start = Date.now();
  let [first, last, tried, survived] = [0, start, 0, 0];
  const say = (text: string): void => void process.stderr.write(`${clock(Date.now() - start)}: ${text}\n`);
  return {
    say,
    count: ({ mutant, verdict }, done, all) => {
      first ||= Date.now();
      tried += 1;
      if (verdict.fate === "survived") {
        survived += 1;
        say(`survived (line ${mutant.line}): ${mutant.key}`);
      }
      if (Date.now() - last < SAY_EVERY_MS && done < all) return;
      last = Date.now();
      const left = ((last - first) / tried) * (all - done);
      say(`${done} of ${all} done, ${survived} of ${tried} tried now survived; about ${clock(left)} to go`);
    },
  };
}

async function writeReport(judgement: Judgement): Promise<void> {
  const report = readFileSync(REPORT, "utf8");
  const results = renderMarkdown(judgement, readJustifications(JUSTIFIED));
  const page = report.replace(RESULTS, () => `\n${results}\n\n`);
  writeFileSync(REPORT, await format(page, { ...(await resolveConfig(REPORT)), parser: "markdown" }));
}

async function main(): Promise<boolean> {
  const { help, list, json, update, ...options } = readOptions();
  if (help) process.stdout.write(HELP);
  if (list) {
    for (const mutant of allMutants(ROOT, new SourceTree(ROOT), options.only)) {
      process.stdout.write(`${mutant.operator}, line ${mutant.line}: ${mutant.key}\n`);
    }
  }
  if (help || list) return true;

  const campaign = { root: ROOT, only: options.only, jobs: options.jobs, fuzzRuns: FUZZ_RUNS, isFresh: options.fresh };
  const judgement = judge(await runCampaign(campaign, newProgress()), readJustifications(JUSTIFIED));
  process.stdout.write(json ? `${JSON.stringify(summaryOf(judgement))}\n` : renderText(judgement));
  if (json) process.stderr.write(renderText(judgement));
  if (update) await writeReport(judgement);
  return judgement.survived.length === 0 && judgement.complaints.length === 0;
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
