import { type Address, bytesToHex, ByteReader, ByteWriter, EncodingError, type Hash } from "./bytes.js";
import type { DeedId } from "./deedId.js";
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

/** Bytes that an epoch adds to a leaf: 0 to 255. */
export interface Credit extends Pick<LeafEntry, "kind" | "id"> {
  readonly bytes: number;
}

export function availabilityCredit(deed: DeedId, bytes: number): Credit {
  return { kind: LeafKind.AVAILABILITY, id: deed, bytes };
}

/** @param assignment see `serviceId` */
export function serviceCredit(assignment: Hash, bytes: number): Credit {
  return { kind: LeafKind.SERVICE, id: BigInt(assignment), bytes };
}

const MAGIC = "R1LEAVES";
const VERSION = 1;
const HASH_BYTES = 32;
const U64_LIMIT = 1n << 64n;
/** Of the file before its first entry. */
export const LEAF_FILE_HEADER_BYTES = MAGIC.length + 1 + 8 + 20 + 8 + 32 + 8;
/** Of an entry; its first 33, kind and id, are in ascending order from entry to entry. */
export const LEAF_ENTRY_BYTES = 1 + 32 + 8;
const NOTHING_SPENT: ReadonlySet<Hash> = new Set();
const KINDS: ReadonlySet<number> = new Set(Object.values(LeafKind));

/** Length of the encoded file with this many leaves. */
export function leafFileBytes(leaves: number): number {
  return LEAF_FILE_HEADER_BYTES + leaves * LEAF_ENTRY_BYTES;
}

/** @throws EncodingError when entries are not strictly ascending, an availability is zero or a field is out of range */
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
 * The file after one more epoch: every earlier entry stays, also of those that got nothing, but for services that are spent;
 * credits are added. A deed without any availability so far gets no entry; a service gets one from its first credit on, be that
 * zero, so that it can be proven that nothing was served. The result does not depend on the order of the credits.
 * @param spent ids of services that nobody will have to prove again
 * @throws RangeError when a leaf is credited twice, or a credit is not a byte
 */
export function nextLeafFile(
  header: LeafFileHeader,
  previousEntries: readonly LeafEntry[],
  credits: readonly Credit[],
  spent: ReadonlySet<Hash> = NOTHING_SPENT,
): LeafFile {
  const pending = pendingCredits(credits);
  const entries: LeafEntry[] = [];
  let next = 0;
  for (const entry of previousEntries) {
    while (next < pending.length && compareLeaves(pending[next] as Credit, entry) < 0) {
      entries.push(firstLeaf(pending[next++] as Credit));
    }
    const credit = pending[next];
    if (credit && compareLeaves(credit, entry) === 0) {
      entries.push({ ...entry, cumulative: entry.cumulative + BigInt(credit.bytes) });
      next += 1;
    } else if (!isSpent(entry, spent)) entries.push(entry);
  }
  for (const credit of pending.slice(next)) entries.push(firstLeaf(credit));
  return { ...header, entries };
}

function isSpent({ kind, id }: LeafEntry, spent: ReadonlySet<Hash>): boolean {
  return kind === LeafKind.SERVICE && spent.size > 0 && spent.has(idHex(id));
}

function firstLeaf({ kind, id, bytes }: Credit): LeafEntry {
  return { kind, id, cumulative: BigInt(bytes) };
}

/** Those that change something, in the order of leaves. */
function pendingCredits(credits: readonly Credit[]): readonly Credit[] {
  const isAscending = credits.every(
    (credit, index) => index === 0 || compareLeaves(credits[index - 1] as Credit, credit) < 0,
  );
  const sorted = isAscending ? credits : [...credits].sort(compareLeaves);
  for (const [index, credit] of sorted.entries()) {
    const { kind, id, bytes } = credit;
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > 255)
      throw new RangeError(`credit: got ${bytes}, want 0 to 255`);
    const before = isAscending ? undefined : sorted[index - 1];
    if (before && compareLeaves(before, credit) === 0) {
      throw new RangeError(`leaf ${idHex(id)} of kind ${kind} is credited twice`);
    }
  }
  return sorted.filter(({ kind, bytes }) => bytes > 0 || kind === LeafKind.SERVICE);
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
    checkCumulative(entry, index);
    if (entry.id < 0n || entry.id >= WORD_LIMIT)
      throw new EncodingError(`entry ${index}: got id ${entry.id}, want 0 to 2^256 - 1`);
    if (before && compareLeaves(before, entry) >= 0) {
      throw new EncodingError(`entry ${index}: not after the entry before it by kind and id`);
    }
    before = entry;
    index += 1;
  }
}

/** A deed without availability has no leaf; a service has one from its first epoch on. */
function checkCumulative({ kind, cumulative }: LeafEntry, index: number): void {
  const least = kind === LeafKind.SERVICE ? 0n : 1n;
  if (cumulative >= least && cumulative < U64_LIMIT) return;
  throw new EncodingError(`entry ${index}: got cumulative ${cumulative}, want ${least} to 2^64 - 1`);
}

function idHex(id: bigint): Hash {
  return `0x${id.toString(16).padStart(64, "0")}`;
}
