import { INPUT_AT, INPUT_BYTES, makeKeccak, RATE, STATE_AT } from "./keccakModule.js";

const HASH_BYTES = 32;
const LANES_BYTES = 200;
const FIRST_PADDING = 0x01;
const LAST_PADDING = 0x80;

const { memory, absorb } = makeKeccak();
const state = new Uint8Array(memory.buffer, STATE_AT, LANES_BYTES);
const input = new Uint8Array(memory.buffer, INPUT_AT, INPUT_BYTES);

/** keccak256, 32 bytes. */
export function keccak(bytes: Uint8Array): Uint8Array {
  state.fill(0);
  let taken = 0;
  for (; bytes.length - taken >= INPUT_BYTES; taken += INPUT_BYTES) {
    input.set(bytes.subarray(taken, taken + INPUT_BYTES));
    absorb(INPUT_AT, INPUT_AT + INPUT_BYTES);
  }
  absorbLast(taken === 0 ? bytes : bytes.subarray(taken));
  return state.slice(0, HASH_BYTES);
}

/** The rest, which leaves room for at least one byte of padding. */
function absorbLast(rest: Uint8Array): void {
  const padded = (Math.floor(rest.length / RATE) + 1) * RATE;
  input.set(rest);
  input.fill(0, rest.length, padded);
  input[rest.length] = FIRST_PADDING;
  input[padded - 1] = (input[padded - 1] as number) | LAST_PADDING;
  absorb(INPUT_AT, INPUT_AT + padded);
}
