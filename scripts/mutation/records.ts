import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import type { Mutant } from "./mutants.js";
import { fileOf } from "./order.js";
import type { SourceTree } from "./sourceTree.js";
import type { Verdict } from "./trial.js";

interface Entry {
  readonly verdict: Verdict;
  readonly digest: string;
}

/** How many verdicts may be lost when a run is interrupted. */
const UNSAVED = 20;

/**
 * Verdicts of earlier runs. A kill stands as long as the contracts and the test that did it are what they were; that a mutant
 * survived, as long as no contract and no test changed.
 */
export class Records {
  readonly #entries: Map<string, Entry>;
  readonly #digests = new Map<string, string>();
  #unsaved = 0;

  constructor(
    private readonly path: string,
    private readonly tree: SourceTree,
    private readonly contracts: readonly string[],
    private readonly tests: readonly string[],
  ) {
    const known = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Record<string, Entry>) : {};
    this.#entries = new Map(Object.entries(known));
  }

  verdictOn(mutant: Mutant): Verdict | undefined {
    const entry = this.#entries.get(mutant.key);
    return entry?.digest === (entry && this.#digest(entry.verdict)) ? entry?.verdict : undefined;
  }

  /** The test file that killed it once, whatever has changed since. */
  killerOf(mutant: Mutant): string | undefined {
    const verdict = this.#entries.get(mutant.key)?.verdict;
    return verdict?.fate === "killed" ? fileOf(verdict.by) : undefined;
  }

  add(mutant: Mutant, verdict: Verdict): void {
    this.#entries.set(mutant.key, { verdict, digest: this.#digest(verdict) });
    this.#unsaved += 1;
    if (this.#unsaved >= UNSAVED) this.save();
  }

  save(): void {
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(this.path, JSON.stringify(Object.fromEntries(this.#entries)));
    this.#unsaved = 0;
  }

  #digest(verdict: Verdict): string {
    const judge = verdict.fate === "killed" ? fileOf(verdict.by) : verdict.fate;
    let digest = this.#digests.get(judge);
    if (digest === undefined) {
      digest = this.tree.digest(...this.contracts, ...this.#judges(judge));
      this.#digests.set(judge, digest);
    }
    return digest;
  }

  #judges(judge: string): readonly string[] {
    if (judge === "stillborn") return [];
    return this.tests.includes(judge) ? [judge] : this.tests;
  }
}
