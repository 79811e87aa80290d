/** Numbers that depend on the seed alone (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** The numbers of one step of a walk: they stay the same when steps before it are left out. */
  static ofStep(seed: number, step: number): Random {
    return new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(step + 1, 0x85ebca6b));
  }

  /** 0 to `limit` − 1. */
  below(limit: number): number {
    return Math.floor(this.#fraction() * limit);
  }

  /** Once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** 0 to `limit`, with as many digits as it has. */
  upTo(limit: bigint): bigint {
    let drawn = 0n;
    for (let rest = limit; rest > 0n; rest >>= 30n) drawn = (drawn << 30n) | BigInt(this.below(2 ** 30));
    return drawn % (limit + 1n);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** One of the first list; of the second, once in six times or where the first is empty. */
  mostly<T>(wanted: readonly T[], others: readonly T[]): T {
    return wanted.length > 0 && !this.once(6) ? this.pick(wanted) : this.pick(others);
  }

  some<T>(from: readonly T[]): T[] {
    return from.filter(() => this.once(2));
  }

  #fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
