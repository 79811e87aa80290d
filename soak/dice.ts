import { SeededRandom } from "../keepers/core/random.js";

/** Shorthands for chance that a seed fixes. */
export class Dice {
  readonly #random: SeededRandom;

  constructor(seed: string) {
    this.#random = new SeededRandom(seed);
  }

  /** Whole, both ends included. */
  between(least: number, most: number): number {
    return least + this.#random.integer(most - least + 1);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.#random.integer(items.length)] as T;
  }

  chance(probability: number): boolean {
    return this.#random.next() < probability;
  }
}
