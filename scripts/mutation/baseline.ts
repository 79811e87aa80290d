import { globSync, mkdirSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { compileContracts, type Artifact } from "./compiler.js";
import type { SourceTree } from "./sourceTree.js";
import type { Suites, TestOutcome } from "./suites.js";

/** Deployed by tests, and no file of ours imports them as a whole. */
const FOREIGN = [
  "@chainlink/contracts/src/v0.8/shared/mocks/MockV3Aggregator.sol",
  "@openzeppelin/contracts/access/manager/AccessManager.sol",
];

/** Where a run keeps what the next one need not compile and try again; ignored by git. */
export const CACHE = "cache/mutation";

/** What the tests say about the contracts as they are. */
export interface Baseline {
  readonly contracts: readonly string[];
  readonly tests: readonly string[];
  readonly artifacts: readonly Artifact[];
  /** Tests that fail without any mutant, such as those that compare gas: they judge nobody. */
  readonly failing: readonly string[];
}

export const contractFiles = (root: string): string[] => globSync("contracts/**/*.sol", { cwd: root }).sort();

/** Not the invariants: what only a lucky walk notices wants a test of its own. */
const testFiles = (root: string): string[] => globSync("test/{contracts,findings}/**/*.t.sol", { cwd: root }).sort();

/** What `make` gives, from the cache where it was made before for the same `digest`. */
export async function cached<T>(root: string, kind: string, digest: string, make: () => Promise<T> | T): Promise<T> {
  const path = join(root, CACHE, kind, `${digest}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as T;
  const made = await make();
  mkdirSync(join(root, CACHE, kind), { recursive: true });
  writeFileSync(path, JSON.stringify(made));
  return made;
}

/** Compiles contracts and tests, each test file by itself so that one that changes costs one compilation, and runs the tests. */
export async function makeBaseline(
  root: string,
  tree: SourceTree,
  suites: Suites,
  say: (text: string) => void,
): Promise<Baseline> {
  const [contracts, tests] = [contractFiles(root), testFiles(root)];
  say(`compiling ${contracts.length} contracts and ${tests.length} test files`);
  const entries = [...contracts, ...FOREIGN];
  const artifacts = await cached(root, "artifacts", tree.digest(...entries), () => compileContracts(tree, entries));
  for (const [index, test] of tests.entries()) {
    say(`compiling tests, ${index + 1} of ${tests.length}: ${test}`);
    const ofTest = await cached(root, "artifacts", tree.digest(test), () => compileTest(tree, test));
    artifacts.push(...ofTest);
  }
  say("running the tests on the contracts as they are");
  const digest = tree.digest(...entries, ...tests);
  const all = [
    ...new Map(artifacts.map((artifact) => [`${artifact.id.source}:${artifact.id.name}`, artifact])).values(),
  ];
  const outcomes = await cached(root, "outcomes", digest, () => runAll(suites, all, tests));
  return {
    contracts,
    tests,
    artifacts: all,
    failing: outcomes.filter((one) => !one.hasPassed).map(({ name }) => name),
  };
}

/** A test file's own contracts, and those of the helpers that it deploys. */
export function compileTest(
  tree: SourceTree,
  test: string,
  changed: ReadonlyMap<string, string> = new Map(),
): Artifact[] {
  const entries = tree.closure(test).filter((name) => name.startsWith("test/"));
  return compileContracts(tree, entries, changed);
}

async function runAll(
  suites: Suites,
  artifacts: readonly Artifact[],
  tests: readonly string[],
): Promise<TestOutcome[]> {
  const outcomes: TestOutcome[] = [];
  for (const test of tests) outcomes.push(...(await suites.run(artifacts, new Set([test]))));
  return outcomes;
}
