import { type Address, bytesToHex, type ByteReader, ByteWriter, EncodingError, type Hash } from "./bytes.js";
import { keccak } from "./signing.js";

/** Most members of an oracle set, and so of a set of reports and of a certificate. */
export const MAX_ORACLES = 64;

/** The hash of nothing: the nil vote, and the previous root of the first epoch. */
export const ZERO_HASH: Hash = `0x${"00".repeat(32)}`;

/** What follows from a set of reports: the next leaf file's root, hash and size. */
export interface Commitment {
  /** Zero when there is no leaf: such an epoch is agreed on, and nothing is committed on chain. */
  readonly root: Hash;
  readonly dataHash: Hash;
  readonly leafCount: bigint;
}

/** One oracle's report as named in a proposal. */
export interface ReportReference {
  readonly oracle: Address;
  readonly reportHash: Hash;
}

/** The epoch credits nobody. */
export interface SkipValue {
  readonly type: "skip";
}

/** The epoch credits the lower medians of these reports. */
export interface ReportsValue extends Commitment {
  readonly type: "reports";
  readonly previousRoot: Hash;
  /** Strictly ascending by oracle. */
  readonly set: readonly ReportReference[];
}

/** What the oracles agree on, one per epoch. */
export type Value = SkipValue | ReportsValue;

const SKIP = 0;
const REPORTS = 1;
const REFERENCE_BYTES = 20 + 32;

/** Length of an encoded value of reports with a set of this many; a skip is shorter. */
export function valueBytes(reports: number): number {
  return 1 + 3 * 32 + 8 + 2 + reports * REFERENCE_BYTES;
}

/** @throws EncodingError when the set is not strictly ascending or too large, or a field is out of range */
export function writeValue(writer: ByteWriter, value: Value): ByteWriter {
  if (value.type === "skip") return writer.u8(SKIP);
  checkAscending(value.set.map(({ oracle }) => oracle));
  writer
    .u8(REPORTS)
    .bytes32(value.previousRoot)
    .bytes32(value.root)
    .bytes32(value.dataHash)
    .u64(value.leafCount)
    .u16(value.set.length);
  for (const { oracle, reportHash } of value.set) writer.address(oracle).bytes32(reportHash);
  return writer;
}

/** @throws EncodingError for everything that writeValue would not write */
export function readValue(reader: ByteReader): Value {
  const type = reader.u8();
  if (type === SKIP) return { type: "skip" };
  if (type !== REPORTS) throw new EncodingError(`value: got type ${type}, want 0 (skipped) or 1 (reports)`);
  const fields = {
    previousRoot: reader.bytes32(),
    root: reader.bytes32(),
    dataHash: reader.bytes32(),
    leafCount: reader.u64(),
  };
  const count = readCount(reader, REFERENCE_BYTES);
  const set = Array.from({ length: count }, () => ({ oracle: reader.address(), reportHash: reader.bytes32() }));
  checkAscending(set.map(({ oracle }) => oracle));
  return { type: "reports", ...fields, set };
}

/** What votes name. It covers the epoch, so that a vote for a skip is a vote for the skip of one epoch. */
export function valueId(epoch: bigint, value: Value): Hash {
  const writer = new ByteWriter().ascii("R1/value/1").u64(epoch);
  return bytesToHex(keccak(writeValue(writer, value).toBytes()));
}

/** A u16 count of fixed-size items, refused before anything is allocated when they cannot follow. */
export function readCount(reader: ByteReader, itemBytes: number): number {
  const { offset } = reader;
  const count = reader.u16();
  if (count > MAX_ORACLES || count * itemBytes > reader.remaining) {
    throw new EncodingError(
      `count at offset ${offset}: got ${count}, want at most ${MAX_ORACLES}, each followed by ${itemBytes} bytes`,
    );
  }
  return count;
}

/** @throws EncodingError when an oracle is named twice, out of order, or too many are named */
export function checkAscending(oracles: readonly Address[]): void {
  if (oracles.length > MAX_ORACLES) {
    throw new EncodingError(`set of oracles: got ${oracles.length}, want at most ${MAX_ORACLES}`);
  }
  oracles.forEach((oracle, index) => {
    const before = oracles[index - 1];
    if (before !== undefined && before >= oracle) {
      throw new EncodingError(`set of oracles: ${oracle} at index ${index} does not come after ${before}`);
    }
  });
}
