/** Leaf files, read by the letter of docs/protocol.md and with none of the keepers' code. */
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";

import type { LeafRecord } from "../history.js";

const COUNT_AT = 8 + 1 + 8 + 20 + 8 + 32;
const HEADER_BYTES = COUNT_AT + 8;
const ENTRY_BYTES = 1 + 32 + 8;

/** @throws RangeError when the length does not fit the number of entries */
export function decodeLeaves(bytes: Uint8Array): LeafRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Number(view.getBigUint64(COUNT_AT));
  if (bytes.length !== HEADER_BYTES + count * ENTRY_BYTES) throw new RangeError("the leaf file has another length");
  return Array.from({ length: count }, (_, index) => {
    const at = HEADER_BYTES + index * ENTRY_BYTES;
    const id = BigInt(`0x${Buffer.from(bytes.subarray(at + 1, at + 33)).toString("hex")}`);
    return { kind: view.getUint8(at), id, cumulative: view.getBigUint64(at + 33) };
  });
}

export function rootOf(leaves: readonly LeafRecord[]): string {
  const values = leaves.map(({ kind, id, cumulative }) => [kind, id, cumulative]);
  return StandardMerkleTree.of(values, ["uint8", "uint256", "uint256"], { sortLeaves: false }).root;
}
