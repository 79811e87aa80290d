import { basename } from "node:path";

import type { Mutant } from "./mutants.js";

const ROUNDS = [2, 4, 8] as const;
const LAST_ROUNDS = 10;

/** Remembers which test files kill mutants where, so that the likely ones run first. It changes how long a run takes and nothing else. */
export class Order {
  readonly #kills = new Map<string, Map<string, number>>();

  /** A mutant of this kind was killed by a test in `file`. */
  learn(mutant: Mutant, file: string): void {
    for (const place of [mutant.scope, mutant.file]) {
      const kills = this.#kills.get(place) ?? new Map<string, number>();
      kills.set(file, (kills.get(file) ?? 0) + 1);
      this.#kills.set(place, kills);
    }
  }

  /** `tests` in groups, the likeliest killers first. */
  rounds(mutant: Mutant, tests: readonly string[]): string[][] {
    const ordered = [...tests].sort((a, b) => this.#weight(mutant, b) - this.#weight(mutant, a));
    const rounds: string[][] = [];
    while (ordered.length > 0) rounds.push(ordered.splice(0, ROUNDS[rounds.length] ?? LAST_ROUNDS));
    return rounds;
  }

  #weight(mutant: Mutant, test: string): number {
    const inScope = this.#kills.get(mutant.scope)?.get(test) ?? 0;
    const inFile = this.#kills.get(mutant.file)?.get(test) ?? 0;
    const isNamesake = basename(test).startsWith(
      basename(mutant.file, ".sol").replace(/^Job(?!Escrow).*/, "JobEscrow"),
    );
    const isLong = test.startsWith("test/invariant/");
    return inScope * 1_000 + inFile * 10 + (isNamesake ? 5 : 0) - (isLong ? 1 : 0);
  }
}

/** The file of a test by its name. */
export const fileOf = (test: string): string => test.split(" ")[0] as string;
