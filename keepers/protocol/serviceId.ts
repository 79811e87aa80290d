import { bytesToHex, type Hash } from "./bytes.js";
import type { DeedId } from "./deedId.js";
import { keccak } from "./keccak.js";
import { putWord } from "./leaf.js";

const WORD = 32;

/**
 * `keccak256(abi.encode(uint256 jobId, uint256 deedId))`: one deed's service of one job. Id of its SERVICE leaf, and
 * `assignment` in heartbeats.
 * @throws RangeError when a number does not fit into 256 bits
 */
export function serviceId(jobId: bigint, deed: DeedId): Hash {
  const encoded = new Uint8Array(2 * WORD);
  const view = new DataView(encoded.buffer);
  putWord(view, 0, jobId);
  putWord(view, WORD, deed);
  return bytesToHex(keccak(encoded));
}
