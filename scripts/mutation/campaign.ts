import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { CACHE, contractFiles, makeBaseline, type Baseline } from "./baseline.js";
import { parse } from "./compiler.js";
import type { Result } from "./justified.js";
import { mutantsOf, siblingsIn, type Mutant } from "./mutants.js";
import { Pool } from "./pool.js";
import { Records } from "./records.js";
import { SourceTree } from "./sourceTree.js";
import { Suites } from "./suites.js";
import type { Verdict } from "./trial.js";
import type { Snapshot, Task } from "./worker.js";

/** Not mutated: interfaces have no code, and mocks are not deployed to any network that matters. */
const LEFT_OUT = ["contracts/interfaces/", "contracts/mocks/"];

/** What is lost when a run is interrupted, at most, and by how much one process may be busy longer than the others. */
const MUTANTS_OF_A_TASK = 100;

export interface CampaignOptions {
  readonly root: string;
  /** Paths that the mutated files start with. */
  readonly only: readonly string[];
  readonly jobs: number;
  readonly fuzzRuns: number;
  /** Verdicts of earlier runs count for nothing. */
  readonly isFresh: boolean;
}

/** Told as a run goes on. */
export interface Progress {
  say(text: string): void;
  /** One more mutant is done. */
  count(result: Result, done: number, all: number): void;
}

/** All mutants of the chosen contracts, by file and place. */
export function allMutants(root: string, tree: SourceTree, only: readonly string[]): Mutant[] {
  const files = contractFiles(root).filter((file) => !LEFT_OUT.some((path) => file.startsWith(path)));
  const units = parse(tree, files);
  const siblings = siblingsIn([...units.values()]);
  return files
    .filter((file) => only.length === 0 || only.some((path) => file.startsWith(path)))
    .flatMap((file) => {
      const unit = units.get(file);
      return unit ? mutantsOf(file, tree.text(file), unit, siblings) : [];
    });
}

/** Tries every mutant that has no verdict yet, and gives all verdicts in the order of the sources. */
export async function runCampaign(options: CampaignOptions, progress: Progress): Promise<Result[]> {
  const { root, fuzzRuns } = options;
  const tree = new SourceTree(root);
  const mutants = allMutants(root, tree, options.only);
  const baseline = await makeBaseline(root, tree, new Suites(root, fuzzRuns), (text) => progress.say(text));
  const records = new Records(join(root, CACHE, "verdicts.json"), tree, baseline.contracts, baseline.tests);
  const verdicts = new Map<string, Verdict>();
  if (!options.isFresh) {
    for (const mutant of mutants) {
      const known = records.verdictOn(mutant);
      if (known) verdicts.set(mutant.key, known);
    }
  }
  const open = mutants.filter(({ key }) => !verdicts.has(key));
  progress.say(`${mutants.length} mutants, ${open.length} of them to be tried`);
  const pool = new Pool(snapshot(options, tree, baseline), options.jobs);
  await pool.run(taskSource(open, records), (mutant, verdict) => {
    verdicts.set(mutant.key, verdict);
    records.add(mutant, verdict);
    progress.count({ mutant, verdict }, verdicts.size, mutants.length);
  });
  records.save();
  return mutants.map((mutant) => ({ mutant, verdict: verdicts.get(mutant.key) as Verdict }));
}

/** Mutants of one file at a time. */
function taskSource(open: readonly Mutant[], records: Records): () => Task | undefined {
  const byFile = Object.values(Object.groupBy(open, ({ file }) => file)).map((mutants) => mutants ?? []);
  const tasks = byFile.flatMap((mutants) =>
    Array.from({ length: Math.ceil(mutants.length / MUTANTS_OF_A_TASK) }, (_, index) =>
      mutants.slice(index * MUTANTS_OF_A_TASK, (index + 1) * MUTANTS_OF_A_TASK),
    ),
  );
  const queue = tasks[Symbol.iterator]();
  return () => {
    const { value: mutants } = queue.next() as { value?: Mutant[] };
    return mutants && { mutants, killers: mutants.flatMap((mutant) => killerOf(mutant, records)) };
  };
}

function killerOf(mutant: Mutant, records: Records): [Mutant, string][] {
  const killer = records.killerOf(mutant);
  return killer === undefined ? [] : [[mutant, killer]];
}

/** Written once, so that edits made while the mutants run do not mix with them. */
function snapshot({ root, fuzzRuns }: CampaignOptions, tree: SourceTree, baseline: Baseline): string {
  const path = join(root, CACHE, "snapshot.json");
  mkdirSync(join(root, CACHE), { recursive: true });
  const content: Snapshot = { root, fuzzRuns, baseline, texts: tree.texts() };
  writeFileSync(path, JSON.stringify(content));
  return path;
}
