import { type Address, bytesToHex, ByteReader, ByteWriter, EncodingError, type Hash } from "./bytes.js";
import { compareLeaves, type LeafEntry, leafHash, LeafKind } from "./leaf.js";
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
const ENTRY_BYTES = 1 + 32 + 8;
const KINDS: ReadonlySet<number> = new Set(Object.values(LeafKind));

/** @throws EncodingError when entries are not strictly ascending, a cumulative is not positive or a field is out of range */
export function encodeLeafFile(file: LeafFile): Uint8Array {
  checkEntries(file.entries);
  const writer = new ByteWriter()
    .ascii(MAGIC)
    .u8(VERSION)
    .u64(file.chainId)
    .address(file.ledger)
    .u64(file.epoch)
    .bytes32(file.previousRoot)
    .u64(file.entries.length);
  for (const { kind, id, cumulative } of file.entries) writer.u8(kind).bytes32(idHex(id)).u64(cumulative);
  return writer.toBytes();
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
  return MerkleTree.of(file.entries.map(({ kind, id, cumulative }) => leafHash(kind, id, cumulative)));
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
  const entries = previousEntries.map((entry) => {
    if (entry.kind !== LeafKind.AVAILABILITY) return entry;
    const credit = pending.get(entry.id);
    if (credit === undefined) return entry;
    pending.delete(entry.id);
    return { ...entry, cumulative: entry.cumulative + credit };
  });
  for (const [id, cumulative] of pending) entries.push({ kind: LeafKind.AVAILABILITY, id, cumulative });
  if (pending.size > 0) entries.sort(compareLeaves);
  return { ...header, entries };
}

function pendingCredits(credits: readonly Credit[]): Map<bigint, bigint> {
  const seen = new Set<bigint>();
  const pending = new Map<bigint, bigint>();
  for (const { deed, bytes } of credits) {
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > 255)
      throw new RangeError(`credit: got ${bytes}, want 0 to 255`);
    if (seen.has(deed)) throw new RangeError(`deed ${idHex(deed)} is credited twice`);
    seen.add(deed);
    if (bytes > 0) pending.set(deed, BigInt(bytes));
  }
  return pending;
}

/** The count must fit the bytes that are left, exactly: checked before anything is allocated, and nothing can follow. */
function readEntries(reader: ByteReader): LeafEntry[] {
  const count = reader.u64();
  if (count * BigInt(ENTRY_BYTES) !== BigInt(reader.remaining)) {
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
  entries.forEach((entry, index) => {
    if (!isLeafKind(entry.kind))
      throw new EncodingError(`entry ${index}: got leaf kind ${String(entry.kind)}, want 1 or 2`);
    if (entry.cumulative <= 0n)
      throw new EncodingError(`entry ${index}: cumulative ${entry.cumulative} is not positive`);
    const before = entries[index - 1];
    if (before && compareLeaves(before, entry) >= 0) {
      throw new EncodingError(`entry ${index}: not after the entry before it by kind and id`);
    }
  });
}

/** Of the width that the encoding then checks: an id beyond 256 bits is refused there. */
function idHex(id: bigint): string {
  if (id < 0n) throw new EncodingError(`leaf id: got ${id}, want 0 to 2^256 - 1`);
  return `0x${id.toString(16).padStart(64, "0")}`;
}
