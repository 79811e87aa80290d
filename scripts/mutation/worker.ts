import { readFileSync } from "node:fs";

import type { Baseline } from "./baseline.js";
import type { Mutant } from "./mutants.js";
import { Order } from "./order.js";
import { SourceTree } from "./sourceTree.js";
import { Suites } from "./suites.js";
import { Trial, type Verdict } from "./trial.js";

/** What a worker starts with, in a file. */
export interface Snapshot {
  readonly root: string;
  readonly fuzzRuns: number;
  readonly baseline: Baseline;
  readonly texts: readonly (readonly [string, string])[];
}

/** Mutants of one file. `killers`: the test files that earlier runs killed mutants of it with. */
export interface Task {
  readonly mutants: readonly Mutant[];
  readonly killers: readonly (readonly [Mutant, string])[];
}

/** Told of each mutant; of none when the task is done. */
export interface Answer {
  readonly key?: string;
  readonly verdict?: Verdict;
}

const { root, fuzzRuns, baseline, texts } = JSON.parse(readFileSync(process.argv[2] as string, "utf8")) as Snapshot;
const order = new Order();
const trial = new Trial(baseline, new SourceTree(root, texts), new Suites(root, fuzzRuns), order);

const answer = (text: Answer): void => void process.send?.(text);

process.on("disconnect", () => process.exit());
process.on("message", ({ mutants, killers }: Task) => {
  for (const [mutant, killer] of killers) order.learn(mutant, killer);
  void trial.try(mutants, ({ key }, verdict) => answer({ key, verdict })).then(() => answer({}));
});
