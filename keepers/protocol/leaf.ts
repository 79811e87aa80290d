import { keccak } from "./keccak.js";

/** What a leaf of an epoch's tree counts. */
export const LeafKind = { AVAILABILITY: 1, SERVICE: 2 } as const;
export type LeafKind = (typeof LeafKind)[keyof typeof LeafKind];

/** One leaf: what is counted, for whom, and how much so far. */
export interface LeafEntry {
  readonly kind: LeafKind;
  /** AVAILABILITY: the deed's id. SERVICE: `serviceId(job, deed)` as a number. */
  readonly id: bigint;
  /** Sum of the bytes credited in all epochs so far; below 2^64. */
  readonly cumulative: bigint;
}

const WORD = 32;
/** First number that does not fit into 256 bits. */
export const WORD_LIMIT = 1n << 256n;

/**
 * `keccak256(keccak256(abi.encode(kind, id, cumulative)))`: hashed twice, so that no inner node of a tree, 64 bytes hashed
 * once, can pass for a leaf. Written without an ABI library because an epoch has 46,224 of them.
 * @throws RangeError when the id or the cumulative value does not fit into 256 bits
 */
export function leafHash(kind: LeafKind, id: bigint, cumulative: bigint): Uint8Array {
  const encoded = new Uint8Array(3 * WORD);
  const view = new DataView(encoded.buffer);
  encoded[WORD - 1] = kind;
  putWord(view, WORD, id);
  putWord(view, 2 * WORD, cumulative);
  return keccak(keccak(encoded));
}

/** The same of an entry as it stands in a leaf file: kind u8 ‖ id bytes32 ‖ cumulative u64. */
export function encodedLeafHash(entry: Uint8Array): Uint8Array {
  const encoded = new Uint8Array(3 * WORD);
  encoded[WORD - 1] = entry[0] as number;
  encoded.set(entry.subarray(1, 1 + WORD), WORD);
  encoded.set(entry.subarray(1 + WORD), 3 * WORD - 8);
  return keccak(keccak(encoded));
}

/** Order of leaves in a tree and in a leaf file: by kind, then by id. */
export function compareLeaves(a: Pick<LeafEntry, "kind" | "id">, b: Pick<LeafEntry, "kind" | "id">): number {
  if (a.kind !== b.kind) return a.kind - b.kind;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

/** Writes a uint256, big-endian. @throws RangeError when the value does not fit */
export function putWord(view: DataView, at: number, value: bigint): void {
  if (value < 0n || value >= WORD_LIMIT) throw new RangeError(`leaf field: got ${value}, want 0 to 2^256 - 1`);
  view.setBigUint64(at, value >> 192n);
  view.setBigUint64(at + 8, value >> 128n); // setBigUint64 keeps the low 64 bits
  view.setBigUint64(at + 16, value >> 64n);
  view.setBigUint64(at + 24, value);
}
