/**
 * The permutation Keccak-f[1600] as a WebAssembly module, put together from its definition (FIPS 202, section 3): 64-bit lanes
 * are machine words there, and pairs of 32-bit numbers in JavaScript, which is four times slower.
 */

const LANES = 25;
const ROUNDS = 24;
const RATE_LANES = 17;

/** Bytes that one permutation takes in (a capacity of 512 bits, as for keccak256). */
export const RATE = RATE_LANES * 8;

/** In the module's memory: the state, then the round constants, then the input. */
export const STATE_AT = 0;
const CONSTANTS_AT = LANES * 8;
const CONSTANTS_END = CONSTANTS_AT + ROUNDS * 8;
export const INPUT_AT = 512;
/** Most bytes of input at a time; whole blocks. */
export const INPUT_BYTES = 480 * RATE;

const PAGES = 2;

/** As much of the runtime's WebAssembly as is needed here; its types come with the library for browsers only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** What the module gives. */
export interface KeccakExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Takes the whole blocks from `begin` to before `end` (addresses in the memory) into the state. */
  readonly absorb: (begin: number, end: number) => void;
}

/** A module of its own, with an empty state. */
export function makeKeccak(): KeccakExports {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(assemble())));
  const made = exports as KeccakExports;
  new BigUint64Array(made.memory.buffer, CONSTANTS_AT, ROUNDS).set(roundConstants());
  return made;
}

const I32 = 0x7f;
const I64 = 0x7e;
const op = {
  get: (local: number) => [0x20, ...leb(local)],
  set: (local: number) => [0x21, ...leb(local)],
  load: (offset: number) => [0x29, 3, ...leb(offset)],
  store: (offset: number) => [0x37, 3, ...leb(offset)],
  i32: (value: number) => [0x41, ...signedLeb(value)],
  i64: (value: number) => [0x42, ...signedLeb(value)],
  loop: (body: readonly number[]) => [0x03, 0x40, ...body, 0x0b],
  again: [0x0d, 0],
  add: [0x6a],
  lessThan: [0x49],
  and: [0x83],
  xor: [0x85],
  rotateLeft: [0x89],
};

const BEGIN = 0;
const END = 1;
const CONSTANT = 2;
const LANE = 3;
const TEMP = LANE + LANES;
const TEMPS = 10;

function assemble(): number[] {
  const type = [0x60, 2, I32, I32, 0];
  const body = [...[2], ...[1, I32], ...[LANES + TEMPS, I64], ...absorbCode(), 0x0b];
  return [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, ...type]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, PAGES]),
    ...section(7, [2, ...exported("memory", 2), ...exported("absorb", 0)]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ];
}

function absorbCode(): number[] {
  const lanes = [...Array(LANES).keys()];
  const load = lanes.flatMap((i) => [...op.i32(STATE_AT), ...op.load(8 * i), ...op.set(LANE + i)]);
  const store = lanes.flatMap((i) => [...op.i32(STATE_AT), ...op.get(LANE + i), ...op.store(8 * i)]);
  const mix = lanes
    .slice(0, RATE_LANES)
    .flatMap((i) => assign(LANE + i, [...op.get(LANE + i), ...op.get(BEGIN), ...op.load(8 * i), ...op.xor]));
  const rounds = op.loop([
    ...theta(),
    ...rhoAndPi(),
    ...chi(),
    ...assign(LANE, [...op.get(LANE), ...op.get(CONSTANT), ...op.load(0), ...op.xor]),
    ...assign(CONSTANT, [...op.get(CONSTANT), ...op.i32(8), ...op.add]),
    ...[...op.get(CONSTANT), ...op.i32(CONSTANTS_END), ...op.lessThan, ...op.again],
  ]);
  const blocks = op.loop([
    ...mix,
    ...assign(CONSTANT, op.i32(CONSTANTS_AT)),
    ...rounds,
    ...assign(BEGIN, [...op.get(BEGIN), ...op.i32(RATE), ...op.add]),
    ...[...op.get(BEGIN), ...op.get(END), ...op.lessThan, ...op.again],
  ]);
  return [...load, ...blocks, ...store];
}

/** Each lane takes in the parities of two columns beside its own. */
function theta(): number[] {
  const code: number[] = [];
  for (let x = 0; x < 5; x++) {
    const column = [1, 2, 3, 4].flatMap((y) => [...op.get(laneAt(x, y)), ...op.xor]);
    code.push(...assign(TEMP + x, [...op.get(laneAt(x, 0)), ...column]));
  }
  for (let x = 0; x < 5; x++) {
    const turned = [...op.get(TEMP + ((x + 1) % 5)), ...op.i64(1), ...op.rotateLeft];
    const effect = [...op.get(TEMP + ((x + 4) % 5)), ...turned, ...op.xor];
    code.push(...assign(TEMP + 5 + x, effect));
    for (let y = 0; y < 5; y++) {
      code.push(...assign(laneAt(x, y), [...op.get(laneAt(x, y)), ...op.get(TEMP + 5 + x), ...op.xor]));
    }
  }
  return code;
}

/** The lanes but the first change places in one long cycle, each turned further than the one before. */
function rhoAndPi(): number[] {
  const [carried, kept] = [TEMP, TEMP + 1];
  const code = assign(carried, op.get(laneAt(1, 0)));
  let [x, y] = [1, 0];
  for (let step = 0; step < LANES - 1; step++) {
    [x, y] = [y, (2 * x + 3 * y) % 5];
    const turn = (((step + 1) * (step + 2)) / 2) % 64;
    code.push(...assign(kept, op.get(laneAt(x, y))));
    code.push(...assign(laneAt(x, y), [...op.get(carried), ...op.i64(turn), ...op.rotateLeft]));
    code.push(...assign(carried, op.get(kept)));
  }
  return code;
}

/** In each row: `a ^ (~b & c)` of a lane and the two after it. */
function chi(): number[] {
  const code: number[] = [];
  for (let y = 0; y < 5; y++) {
    for (let x = 0; x < 5; x++) code.push(...assign(TEMP + x, op.get(laneAt(x, y))));
    for (let x = 0; x < 5; x++) {
      const inverted = [...op.get(TEMP + ((x + 1) % 5)), ...op.i64(-1), ...op.xor];
      const product = [...inverted, ...op.get(TEMP + ((x + 2) % 5)), ...op.and];
      code.push(...assign(laneAt(x, y), [...op.get(TEMP + x), ...product, ...op.xor]));
    }
  }
  return code;
}

/** Bits `2^j − 1` of each constant come from a linear feedback shift register over `x^8 + x^6 + x^5 + x^4 + 1`. */
function roundConstants(): bigint[] {
  let register = 1;
  return Array.from({ length: ROUNDS }, () => {
    let constant = 0n;
    for (let j = 0; j <= 6; j++) {
      if ((register & 1) === 1) constant |= 1n << BigInt(2 ** j - 1);
      register = (register << 1) ^ ((register >> 7) * 0x171);
    }
    return constant;
  });
}

function laneAt(x: number, y: number): number {
  return LANE + x + 5 * y;
}

function assign(local: number, value: readonly number[]): number[] {
  return [...value, ...op.set(local)];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

function exported(name: string, kind: number): number[] {
  return [name.length, ...Buffer.from(name, "ascii"), kind, 0];
}

/** Seven bits a byte, the lowest first. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >> 7)];
}

function signedLeb(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  const isLast = (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40);
  return isLast ? [low] : [low | 0x80, ...signedLeb(rest)];
}
