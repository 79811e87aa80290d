import { crc32 } from "node:zlib";
import { KeeperError } from "../core/errors.js";

/** Begins every journal; the last byte is the version. */
export const journalHeader = new Uint8Array(Buffer.from("R1JOURN\x01", "latin1"));

const prefixBytes = 16;

/** What a journal's bytes hold. */
export interface JournalContents {
  readonly records: Uint8Array[];
  /** Where the last whole record ends; what follows was never confirmed. */
  readonly end: number;
}

/**
 * `length u32 ‖ crc u32 ‖ durable u64 ‖ record`. `durable` is how much of the file was known to be on disk when the record
 * was written; it tells an unfinished end (nothing later vouches for it) from damage (something does). The CRC-32 covers
 * everything but itself.
 */
export function encodeRecord(record: Uint8Array, durable: number): Uint8Array {
  const bytes = Buffer.alloc(prefixBytes + record.length);
  bytes.writeUInt32BE(record.length);
  bytes.writeBigUInt64BE(BigInt(durable), 8);
  bytes.set(record, prefixBytes);
  bytes.writeUInt32BE(checksum(bytes), 4);
  return bytes;
}

/** Reads a whole journal; throws `JOURNAL_CORRUPT` naming `path` and the place when confirmed bytes are damaged. */
export function decodeJournal(bytes: Uint8Array, path: string): JournalContents {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!view.subarray(0, journalHeader.length).equals(journalHeader)) {
    throw new KeeperError("JOURNAL_CORRUPT", `${path} is not a journal: its first bytes are wrong`);
  }
  const records: Uint8Array[] = [];
  let end = journalHeader.length;
  for (let next = decodeRecord(view, end); next !== undefined; next = decodeRecord(view, end)) {
    records.push(next.record);
    end += prefixBytes + next.record.length;
  }
  const witness = findWitness(view, end);
  if (witness === undefined) return { records, end };
  const message = `${path} is damaged at byte ${end}, before the record at byte ${witness}; restore it from a copy`;
  throw new KeeperError("JOURNAL_CORRUPT", message);
}

/** Where a later record says that the bytes at `broken` were on disk. */
function findWitness(view: Buffer, broken: number): number | undefined {
  for (let position = broken + 1; position + prefixBytes <= view.length; position += 1) {
    const durable = view.readBigUInt64BE(position + 8);
    if (durable > broken && durable <= position && decodeRecord(view, position) !== undefined) return position;
  }
  return undefined;
}

function decodeRecord(view: Buffer, position: number): { readonly record: Uint8Array } | undefined {
  if (position + prefixBytes > view.length) return undefined;
  const end = position + prefixBytes + view.readUInt32BE(position);
  if (end > view.length) return undefined;
  const bytes = view.subarray(position, end);
  if (bytes.readUInt32BE(4) !== checksum(bytes)) return undefined;
  return { record: new Uint8Array(bytes.subarray(prefixBytes)) };
}

function checksum(bytes: Buffer): number {
  return crc32(bytes.subarray(8), crc32(bytes.subarray(0, 4)));
}
