/** An Ethereum address: 0x and 40 lower-case hex digits. */
export type Address = string;

/** A 32-byte hash: 0x and 64 lower-case hex digits. */
export type Hash = string;

/** Bytes or a value that has no place in the encoding; says what was expected, what came, and at which offset. */
export class EncodingError extends Error {
  override readonly name = "EncodingError";
}

const HEX = /^0x(?:[0-9a-fA-F]{2})*$/;
const ADDRESS_BYTES = 20;
const HASH_BYTES = 32;
const MAX_U64 = (1n << 64n) - 1n;
const FIRST_CAPACITY = 256;

/**
 * Parses 0x-prefixed hex of either case.
 * @throws EncodingError when it is anything else; the text itself is never repeated, for it may be a secret.
 */
export function hexToBytes(hex: string): Uint8Array {
  if (!HEX.test(hex)) {
    throw new EncodingError(`expected 0x and an even number of hex digits, got ${hex.length} other characters`);
  }
  return new Uint8Array(Buffer.from(hex.slice(2), "hex"));
}

/** Lower-case hex with 0x. */
export function bytesToHex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`;
}

/** One new array holding the parts in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Lexicographic order of unsigned bytes: negative, zero or positive; a prefix comes first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** True for a well-formed lower-case address: the only form used as a key inside the keepers. */
export function isAddress(text: string): boolean {
  return /^0x[0-9a-f]{40}$/.test(text);
}

/** Writes fixed-width big-endian fields one after another. Every method returns the writer, and throws EncodingError. */
export class ByteWriter {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  u8(value: number): this {
    this.#checkInteger(value, 0xff, "u8");
    const at = this.#claim(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    this.#checkInteger(value, 0xffff, "u16");
    const at = this.#claim(2);
    this.#view.setUint16(at, value);
    return this;
  }

  u32(value: number): this {
    this.#checkInteger(value, 0xffff_ffff, "u32");
    const at = this.#claim(4);
    this.#view.setUint32(at, value);
    return this;
  }

  /** A number must be a safe integer; beyond that pass a bigint. */
  u64(value: bigint | number): this {
    if (typeof value === "number") this.#checkInteger(value, Number.MAX_SAFE_INTEGER, "u64 given as a number");
    const wide = BigInt(value);
    if (wide < 0n || wide > MAX_U64) {
      throw new EncodingError(`u64 at offset ${this.#length}: got ${wide}, want 0 to ${MAX_U64}`);
    }
    const at = this.#claim(8);
    this.#view.setBigUint64(at, wide);
    return this;
  }

  bytes32(value: Hash | Uint8Array): this {
    return this.#fixed(value, HASH_BYTES, "bytes32");
  }

  /** Either case, no checksum. */
  address(value: Address): this {
    return this.#fixed(value, ADDRESS_BYTES, "address");
  }

  /** The bytes as they are, with no length before them. */
  raw(value: Uint8Array): this {
    const at = this.#claim(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** Printable ASCII only, with no length before it. */
  ascii(text: string): this {
    if (!/^[\x20-\x7e]*$/.test(text)) {
      throw new EncodingError(`ascii at offset ${this.#length}: got other characters in ${JSON.stringify(text)}`);
    }
    return this.raw(new Uint8Array(Buffer.from(text, "ascii")));
  }

  /** A copy of what was written so far. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #fixed(value: string | Uint8Array, length: number, field: string): this {
    const bytes = typeof value === "string" ? hexToBytes(value) : value;
    if (bytes.length !== length) {
      throw new EncodingError(`${field} at offset ${this.#length}: got ${bytes.length} bytes, want ${length}`);
    }
    return this.raw(bytes);
  }

  #checkInteger(value: number, max: number, field: string): void {
    if (!Number.isInteger(value) || value < 0 || value > max) {
      throw new EncodingError(`${field} at offset ${this.#length}: got ${value}, want an integer from 0 to ${max}`);
    }
  }

  #claim(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) this.#grow();
    return at;
  }

  #grow(): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** Reads what ByteWriter writes. Every method throws EncodingError when too few bytes are left. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1, "u8"));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2, "u16"));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4, "u32"));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8, "u64"));
  }

  bytes32(): Hash {
    return this.#hex(HASH_BYTES, "bytes32");
  }

  address(): Address {
    return this.#hex(ADDRESS_BYTES, "address");
  }

  /** A copy, so that a kept field does not keep the whole message alive. */
  raw(length: number): Uint8Array {
    const at = this.#take(length, `${length} raw bytes`);
    return this.#bytes.slice(at, at + length);
  }

  /** Reads text of known length and compares it. */
  expectAscii(text: string): void {
    const at = this.#take(text.length, JSON.stringify(text));
    const found = Buffer.from(this.#bytes.subarray(at, at + text.length)).toString("latin1");
    if (found !== text) throw new EncodingError(`offset ${at}: want ${JSON.stringify(text)}`);
  }

  /** Refuses bytes after the last field: one meaning has one encoding. */
  end(): void {
    if (this.remaining !== 0) {
      throw new EncodingError(`offset ${this.#offset}: ${this.remaining} bytes left after the last field`);
    }
  }

  #hex(length: number, field: string): string {
    const at = this.#take(length, field);
    return bytesToHex(this.#bytes.subarray(at, at + length));
  }

  #take(length: number, field: string): number {
    if (length > this.remaining) {
      throw new EncodingError(`${field} at offset ${this.#offset}: needs ${length} bytes, ${this.remaining} left`);
    }
    const at = this.#offset;
    this.#offset += length;
    return at;
  }
}
