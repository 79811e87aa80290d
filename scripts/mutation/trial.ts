import { basename } from "node:path";

import { compileTest, type Baseline } from "./baseline.js";
import { compileContracts, CompileError, type Artifact } from "./compiler.js";
import { mutate, type Mutant } from "./mutants.js";
import { fileOf, type Order } from "./order.js";
import { groupsOf, makeSchema, mutantsAt, turnOn, type Schema } from "./schema.js";
import type { SourceTree } from "./sourceTree.js";
import type { Suites, TestOutcome } from "./suites.js";

/** What became of a mutant: a test failed on it, none did, or solc does not compile it. */
export type Verdict =
  | { readonly fate: "killed"; readonly by: string; readonly reason: string }
  | { readonly fate: "survived" }
  | { readonly fate: "stillborn" };

/** Contracts with a mutant in them, and tests that have such contracts in their own code. */
interface Variant {
  readonly contracts: readonly Artifact[];
  readonly test: (file: string) => readonly Artifact[];
}

interface CompiledSchema {
  readonly schema: Schema;
  readonly contracts: readonly Artifact[];
}

type Tell = (mutant: Mutant, verdict: Verdict) => void;

/** What most mutants do not survive; those that do are tried in groups. */
const QUICK_ROUNDS = 2;

/** A test that stands on it takes long to compile. */
const DEAR = "test/helpers/ProtocolDeployment.sol";

const DECLARATION = /^(?:abstract )?(library|contract) (\w+)/gm;

/** Tries mutants in this process. */
export class Trial {
  readonly #failing: ReadonlySet<string>;

  constructor(
    private readonly baseline: Baseline,
    private readonly tree: SourceTree,
    private readonly suites: Suites,
    private readonly order: Order,
  ) {
    this.#failing = new Set(baseline.failing);
  }

  /** Tries mutants of one file: together where they can be compiled together, the others by themselves. */
  async try(mutants: readonly Mutant[], tell: Tell): Promise<void> {
    const file = (mutants[0] as Mutant).file;
    const done = new Set<Mutant>();
    for (const { schema, contracts } of this.#compileTogether(file, mutants)) {
      for (const mutant of await this.#trySchema(file, schema, contracts, tell)) done.add(mutant);
    }
    for (const mutant of mutants) if (!done.has(mutant)) tell(mutant, await this.#tryAlone(mutant));
  }

  /** The largest schemas of these mutants that compile. */
  #compileTogether(file: string, mutants: readonly Mutant[]): CompiledSchema[] {
    for (let left = mutants; ;) {
      const schema = makeSchema(this.tree.text(file), left);
      if (schema.mutants.length < 2) return [];
      try {
        return [{ schema, contracts: this.#compile(file, schema.text) }];
      } catch (error) {
        if (!(error instanceof CompileError)) throw error;
        const refused = new Set(error.placesIn(file).flatMap((place) => mutantsAt(schema, place)));
        if (refused.size === 0) return this.#compileHalves(file, schema.mutants);
        left = left.filter((mutant) => !refused.has(mutant));
      }
    }
  }

  /** For an error that does not stand where the mutant is which causes it. */
  #compileHalves(file: string, mutants: readonly Mutant[]): CompiledSchema[] {
    const half = Math.ceil(mutants.length / 2);
    return [mutants.slice(0, half), mutants.slice(half)].flatMap((part) => this.#compileTogether(file, part));
  }

  /** Gives those it has told about: not those that were killed by a test which fails with all mutants turned off. */
  async #trySchema(
    file: string,
    schema: Schema,
    contracts: readonly Artifact[],
    tell: Tell,
  ): Promise<ReadonlySet<Mutant>> {
    const test = memoized((name) => compileTest(this.tree, name, new Map([[file, schema.text]])));
    const variantOf = (mutants: readonly Mutant[]): Variant => {
      const positions = mutants.map((mutant) => schema.mutants.indexOf(mutant));
      return { contracts: turnOn(contracts, ...positions), test: (name) => turnOn(test(name), ...positions) };
    };
    const verdicts = new Map<Mutant, Verdict>();
    const suspects: Mutant[] = [];
    for (const mutant of schema.mutants) {
      const verdict = await this.#judge(mutant, variantOf([mutant]), QUICK_ROUNDS);
      if (verdict.fate === "killed") verdicts.set(mutant, verdict);
      else suspects.push(mutant);
    }
    for (const group of groupsOf(suspects)) await this.#judgeGroup(group, variantOf, verdicts);

    const doubtful = await this.#failingIn({ contracts, test }, file, [...verdicts.values()]);
    const sure = [...verdicts].filter(([, verdict]) => verdict.fate !== "killed" || !doubtful.has(verdict.by));
    for (const [mutant, verdict] of sure) tell(mutant, verdict);
    return new Set(sure.map(([mutant]) => mutant));
  }

  /** Mutants that are on together and kill no test survive together; otherwise each half is tried. */
  async #judgeGroup(
    group: readonly Mutant[],
    variantOf: (mutants: readonly Mutant[]) => Variant,
    verdicts: Map<Mutant, Verdict>,
  ): Promise<void> {
    const verdict = await this.#judge(group[0] as Mutant, variantOf(group));
    if (verdict.fate !== "killed" || group.length === 1) {
      for (const mutant of group) verdicts.set(mutant, verdict);
      return;
    }
    const half = Math.ceil(group.length / 2);
    await this.#judgeGroup(group.slice(0, half), variantOf, verdicts);
    await this.#judgeGroup(group.slice(half), variantOf, verdicts);
  }

  /** Tests, out of the files that killed, which fail in a variant. */
  async #failingIn(variant: Variant, file: string, verdicts: readonly Verdict[]): Promise<ReadonlySet<string>> {
    const killers = verdicts.flatMap((verdict) => (verdict.fate === "killed" ? [fileOf(verdict.by)] : []));
    const failed: TestOutcome[] = [];
    for (const test of new Set(killers)) {
      failed.push(...(await this.#failed(this.#merged(variant.contracts), [test])));
      if (!this.#contains(test, file)) continue;
      failed.push(...(await this.#failed(this.#merged([...variant.contracts, ...variant.test(test)]), [test])));
    }
    return new Set(failed.map(({ name }) => name));
  }

  async #tryAlone(mutant: Mutant): Promise<Verdict> {
    const text = mutate(this.tree.text(mutant.file), mutant);
    try {
      const contracts = this.#compile(mutant.file, text);
      const test = (file: string): Artifact[] => compileTest(this.tree, file, new Map([[mutant.file, text]]));
      return await this.#judge(mutant, { contracts, test });
    } catch (error) {
      if (error instanceof CompileError) return { fate: "stillborn" };
      throw error;
    }
  }

  /** Runs the test files in rounds, the likeliest killers first, until one fails; after `most` rounds the mutant has survived. */
  async #judge(mutant: Mutant, variant: Variant, most = Infinity): Promise<Verdict> {
    const containing = this.baseline.tests.filter((test) => this.#contains(test, mutant.file));
    const isDear = (test: string): boolean => this.tree.closure(test).includes(DEAR);
    const cheap = containing.filter((test) => !isDear(test));
    const verdict =
      (await this.#runContaining(variant, cheap)) ??
      (await this.#runRounds(mutant, variant, most)) ??
      (most === Infinity ? await this.#runContaining(variant, containing.filter(isDear)) : undefined);
    if (verdict?.fate === "killed") this.order.learn(mutant, fileOf(verdict.by));
    return verdict ?? { fate: "survived" };
  }

  /** Tests of libraries, and those that say `new`, have the contract's code in their own, so they are compiled anew. */
  async #runContaining({ contracts, test }: Variant, files: readonly string[]): Promise<Verdict | undefined> {
    for (const file of files) {
      const verdict = await this.#run(this.#merged([...contracts, ...test(file)]), [file]);
      if (verdict) return verdict;
    }
    return undefined;
  }

  async #runRounds(mutant: Mutant, { contracts }: Variant, most: number): Promise<Verdict | undefined> {
    const artifacts = this.#merged(contracts);
    const tests = this.#testsOf(mutant.file);
    for (const files of this.order.rounds(mutant, tests).slice(0, most)) {
      const verdict = await this.#run(artifacts, files);
      if (verdict) return verdict;
    }
    return undefined;
  }

  async #run(artifacts: readonly Artifact[], files: readonly string[]): Promise<Verdict | undefined> {
    const [first] = await this.#failed(artifacts, files);
    return first && { fate: "killed", by: first.name, reason: first.reason };
  }

  async #failed(artifacts: readonly Artifact[], files: readonly string[]): Promise<TestOutcome[]> {
    const outcomes = await this.suites.run(artifacts, new Set(files));
    return outcomes
      .filter(({ name, hasPassed }) => !hasPassed && !this.#failing.has(name))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  #merged(replacements: readonly Artifact[]): Artifact[] {
    const nameOf = ({ id }: Artifact): string => `${id.source}:${id.name}`;
    const byName = new Map(replacements.map((artifact) => [nameOf(artifact), artifact]));
    return this.baseline.artifacts.map((artifact) => byName.get(nameOf(artifact)) ?? artifact);
  }

  /** The contracts whose code may have something of `file` in it, with another text for that. */
  #compile(file: string, text: string): Artifact[] {
    return compileContracts(this.tree, this.#dependants(file), new Map([[file, text]]));
  }

  #dependants(file: string): string[] {
    return this.baseline.contracts.filter(
      (name) => !name.startsWith("contracts/interfaces/") && this.tree.closure(name).includes(file),
    );
  }

  /** The tests that deploy something with code of `file` in it. */
  #testsOf(file: string): readonly string[] {
    const names = this.#dependants(file).map((name) => `"${basename(name)}:`);
    return this.baseline.tests.filter((test) => {
      const texts = this.tree.closure(test).filter((name) => name.startsWith("test/"));
      return texts.some((name) => names.some((artifact) => this.tree.text(name).includes(artifact)));
    });
  }

  #contains(test: string, file: string): boolean {
    if (!this.tree.imports(test).includes(file)) return false;
    const text = this.tree.text(test);
    return [...this.tree.text(file).matchAll(DECLARATION)].some(
      ([, kind, name]) => kind === "library" || text.includes(`new ${name as string}(`),
    );
  }
}

function memoized<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
