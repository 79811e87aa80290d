import { type Address, bytesToHex, ByteReader, ByteWriter, EncodingError, type Hash } from "./bytes.js";
import { compareLeaves, encodedLeafHash, type LeafEntry, LeafKind, putWord, WORD_LIMIT } from "./leaf.js";
import { MerkleTree } from "./merkleTree.js";
import { keccak } from "./signing.js";

/** Which ledger and epoch a leaf file belongs to. */
export interface LeafFileHeader {
  readonly chainId: bigint;
  readonly ledger: Address;
  readonly epoch: bigint;
  /** Root committed before this one; zero for the first. */
  readonly previousRoot: Hash;
}

/** All leaves of the network after an epoch, strictly ascending: whoever holds it can rebuild the tree and any proof. */
export interface LeafFile extends LeafFileHeader {
  readonly entries: readonly LeafEntry[];
}

/** Bytes that an epoch adds to a deed: 0 to 255. */
export interface Credit {
  readonly deed: bigint;
  readonly bytes: number;
}

const MAGIC = "R1LEAVES";
const VERSION = 1;
const HASH_BYTES = 32;
const U64_LIMIT = 1n << 64n;
/** Of the file before its first entry. */
export const LEAF_FILE_HEADER_BYTES = MAGIC.length + 1 + 8 + 20 + 8 + 32 + 8;
/** Of an entry; its first 33, kind and id, are in ascending order from entry to entry. */
export const LEAF_ENTRY_BYTES = 1 + 32 + 8;
const KINDS: ReadonlySet<number> = new Set(Object.values(LeafKind));

/** Length of the encoded file with this many leaves. */
export function leafFileBytes(leaves: number): number {
  return LEAF_FILE_HEADER_BYTES + leaves * LEAF_ENTRY_BYTES;
}

/** @throws EncodingError when entries are not strictly ascending, a cumulative is not positive or a field is out of range */
export function encodeLeafFile(file: LeafFile): Uint8Array {
  checkEntries(file.entries);
  const header = new ByteWriter()
    .ascii(MAGIC)
    .u8(VERSION)
    .u64(file.chainId)
    .address(file.ledger)
    .u64(file.epoch)
    .bytes32(file.previousRoot)
    .u64(file.entries.length)
    .toBytes();
  const bytes = new Uint8Array(leafFileBytes(file.entries.length));
  bytes.set(header);
  const view = new DataView(bytes.buffer);
  let at = LEAF_FILE_HEADER_BYTES;
  for (const { kind, id, cumulative } of file.entries) {
    view.setUint8(at, kind);
    putWord(view, at + 1, id);
    view.setBigUint64(at + 33, cumulative);
    at += LEAF_ENTRY_BYTES;
  }
  return bytes;
}

/** @throws EncodingError for every file that encodeLeafFile would not write, byte for byte */
export function decodeLeafFile(bytes: Uint8Array): LeafFile {
  const reader = new ByteReader(bytes);
  reader.expectAscii(MAGIC);
  const version = reader.u8();
  if (version !== VERSION) throw new EncodingError(`leaf file: got version ${version}, want ${VERSION}`);
  const header = {
    chainId: reader.u64(),
    ledger: reader.address(),
    epoch: reader.u64(),
    previousRoot: reader.bytes32(),
  };
  const entries = readEntries(reader);
  checkEntries(entries);
  return { ...header, entries };
}

/** keccak256 of the encoded file: what the epoch report commits to. */
export function dataHash(encodedFile: Uint8Array): Hash {
  return bytesToHex(keccak(encodedFile));
}

/** The tree whose root the epoch report commits to. @throws RangeError when the file has no entries */
export function treeOf(file: LeafFile): MerkleTree {
  return treeOfEncoded(encodeLeafFile(file));
}

/** The tree of a valid file. @throws RangeError when it has no entries */
export function treeOfEncoded(encodedFile: Uint8Array): MerkleTree {
  const count = (encodedFile.length - LEAF_FILE_HEADER_BYTES) / LEAF_ENTRY_BYTES;
  const hashes = new Uint8Array(count * HASH_BYTES);
  for (let index = 0; index < count; index++) hashes.set(leafHashAt(encodedFile, index), index * HASH_BYTES);
  return MerkleTree.ofBytes(hashes);
}

/** Hash of the leaf of a valid file's entry, straight from the bytes. */
export function leafHashAt(encodedFile: Uint8Array, index: number): Uint8Array {
  const at = LEAF_FILE_HEADER_BYTES + index * LEAF_ENTRY_BYTES;
  return encodedLeafHash(encodedFile.subarray(at, at + LEAF_ENTRY_BYTES));
}

/** Index of an entry, also its leaf's index in the tree; undefined when there is none. */
export function indexOfLeaf(file: LeafFile, kind: LeafKind, id: bigint): number | undefined {
  const wanted = { kind, id, cumulative: 0n };
  let low = 0;
  let high = file.entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareLeaves(file.entries[middle] as LeafEntry, wanted) < 0) low = middle + 1;
    else high = middle;
  }
  const found = file.entries[low];
  return found && compareLeaves(found, wanted) === 0 ? low : undefined;
}

/**
 * The file after one more epoch: every earlier entry stays, also of deeds that got nothing; credits are added; a deed
 * without any credit so far gets no entry. The result does not depend on the order of the credits.
 * @throws RangeError when a deed is credited twice, or a credit is not a byte
 */
export function nextLeafFile(
  header: LeafFileHeader,
  previousEntries: readonly LeafEntry[],
  credits: readonly Credit[],
): LeafFile {
  const pending = pendingCredits(credits);
  const entries: LeafEntry[] = [];
  let next = 0;
  for (const entry of previousEntries) {
    while (next < pending.length && isBefore(pending[next] as Credit, entry)) {
      entries.push(firstLeaf(pending[next++] as Credit));
    }
    const credit = pending[next];
    if (entry.kind === LeafKind.AVAILABILITY && credit?.deed === entry.id) {
      entries.push({ ...entry, cumulative: entry.cumulative + BigInt(credit.bytes) });
      next += 1;
    } else entries.push(entry);
  }
  for (const credit of pending.slice(next)) entries.push(firstLeaf(credit));
  return { ...header, entries };
}

/** Whether a credit is for a leaf that comes before this one. */
function isBefore({ deed }: Credit, { kind, id }: LeafEntry): boolean {
  return kind !== LeafKind.AVAILABILITY || deed < id;
}

function firstLeaf({ deed, bytes }: Credit): LeafEntry {
  return { kind: LeafKind.AVAILABILITY, id: deed, cumulative: BigInt(bytes) };
}

/** Those that change something, ascending by deed. */
function pendingCredits(credits: readonly Credit[]): readonly Credit[] {
  const isAscending = credits.every(({ deed }, index) => index === 0 || (credits[index - 1] as Credit).deed < deed);
  const sorted = isAscending ? credits : [...credits].sort((a, b) => (a.deed < b.deed ? -1 : 1));
  for (const [index, { deed, bytes }] of sorted.entries()) {
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > 255)
      throw new RangeError(`credit: got ${bytes}, want 0 to 255`);
    if (!isAscending && sorted[index - 1]?.deed === deed) throw new RangeError(`deed ${idHex(deed)} is credited twice`);
  }
  return sorted.filter(({ bytes }) => bytes > 0);
}

/** The count must fit the bytes that are left, exactly: checked before anything is allocated, and nothing can follow. */
function readEntries(reader: ByteReader): LeafEntry[] {
  const count = reader.u64();
  if (count * BigInt(LEAF_ENTRY_BYTES) !== BigInt(reader.remaining)) {
    throw new EncodingError(`leaf file: ${count} entries take other than the ${reader.remaining} bytes that follow`);
  }
  return Array.from({ length: Number(count) }, () => ({
    kind: readKind(reader),
    id: BigInt(reader.bytes32()),
    cumulative: reader.u64(),
  }));
}

function readKind(reader: ByteReader): LeafKind {
  const { offset } = reader;
  const kind = reader.u8();
  if (!isLeafKind(kind)) throw new EncodingError(`leaf kind at offset ${offset}: got ${kind}, want 1 or 2`);
  return kind;
}

function isLeafKind(kind: number): kind is LeafKind {
  return KINDS.has(kind);
}

function checkEntries(entries: readonly LeafEntry[]): void {
  let before: LeafEntry | undefined;
  let index = 0;
  for (const entry of entries) {
    if (!isLeafKind(entry.kind))
      throw new EncodingError(`entry ${index}: got leaf kind ${String(entry.kind)}, want 1 or 2`);
    if (entry.cumulative <= 0n || entry.cumulative >= U64_LIMIT)
      throw new EncodingError(`entry ${index}: cumulative ${entry.cumulative} is not positive and below 2^64`);
    if (entry.id < 0n || entry.id >= WORD_LIMIT)
      throw new EncodingError(`entry ${index}: got id ${entry.id}, want 0 to 2^256 - 1`);
    if (before && compareLeaves(before, entry) >= 0) {
      throw new EncodingError(`entry ${index}: not after the entry before it by kind and id`);
    }
    before = entry;
    index += 1;
  }
}

function idHex(id: bigint): string {
  return `0x${id.toString(16).padStart(64, "0")}`;
}
