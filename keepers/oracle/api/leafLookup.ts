import { LEAF_ENTRY_BYTES as ENTRY_BYTES, LEAF_FILE_HEADER_BYTES as HEADER_BYTES } from "../../protocol/leafFile.js";

/**
 * The cumulative value of a leaf in the bytes of a valid leaf file; zero when it has none. Entries are in order and of one
 * size, so a few of them are looked at instead of reading the file: histories look into many files.
 */
export function cumulativeIn(file: Uint8Array, kind: number, id: bigint): bigint {
  const wanted = Buffer.from(kind.toString(16).padStart(2, "0") + id.toString(16).padStart(64, "0"), "hex");
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  let low = 0;
  let high = Math.floor((bytes.length - HEADER_BYTES) / ENTRY_BYTES);
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = HEADER_BYTES + middle * ENTRY_BYTES;
    const order = bytes.compare(wanted, 0, wanted.length, at, at + wanted.length);
    if (order === 0) return bytes.readBigUInt64BE(at + wanted.length);
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return 0n;
}
