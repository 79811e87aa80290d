import { createHash, randomBytes } from "node:crypto";

/** The only source of chance, so that a seed reproduces a run. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
  /** Uniform in 0 … `below` − 1, for `below` from 1 to 2^32. */
  integer(below: number): number;
  /** `length` independent uniform bytes. */
  bytes(length: number): Uint8Array;
}

/** Unpredictable; for salts, nonces, challenges and jitter in production. */
export class CryptoRandom implements Random {
  next(): number {
    return randomBytes(4).readUInt32BE() / 2 ** 32;
  }

  integer(below: number): number {
    return integerBelow(below, () => randomBytes(4).readUInt32BE());
  }

  bytes(length: number): Uint8Array {
    return new Uint8Array(randomBytes(length));
  }
}

/** Reproducible and predictable: for tests and simulations only. The generator is xoshiro128**. */
export class SeededRandom implements Random {
  readonly #state: Uint32Array;

  constructor(seed: number | string) {
    const digest = createHash("sha256").update(`seed:${seed}`).digest();
    this.#state = Uint32Array.from({ length: 4 }, (_, index) => digest.readUInt32BE(4 * index));
  }

  next(): number {
    return this.#word() / 2 ** 32;
  }

  integer(below: number): number {
    return integerBelow(below, () => this.#word());
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#word() >>> 24);
  }

  /** A stream of its own, so that drawing more here does not change what is drawn there. */
  fork(): SeededRandom {
    return new SeededRandom(Buffer.from(this.bytes(16)).toString("hex"));
  }

  #word(): number {
    const [a, b, c, d] = this.#state as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const mixedC = c ^ a;
    const mixedD = d ^ b;
    this.#state[0] = a ^ mixedD;
    this.#state[1] = b ^ mixedC;
    this.#state[2] = mixedC ^ (b << 9);
    this.#state[3] = rotate(mixedD, 11);
    return result;
  }
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Rejection sampling: the remainder alone would prefer small numbers. */
function integerBelow(below: number, word: () => number): number {
  if (!Number.isInteger(below) || below < 1 || below > 2 ** 32) {
    throw new RangeError(`the bound must be a whole number from 1 to 2^32, got ${below}`);
  }
  const limit = 2 ** 32 - (2 ** 32 % below);
  let value = word();
  while (value >= limit) value = word();
  return value % below;
}
