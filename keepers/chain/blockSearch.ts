import { KeeperError } from "../core/errors.js";
import type { BlockRef, ChainReader } from "./chainReader.js";

/** Where to look: `low` is the oldest block that will do, `high` one whose timestamp is known to be too late. */
export interface SearchRange {
  readonly low: number;
  readonly high: number;
  /** Unix seconds. */
  readonly timestamp: number;
}

/**
 * The last block before `timestamp`, found in as many calls as the range has binary digits.
 * @throws KeeperError `STATE_FORGOTTEN` when not even block `low` is before it
 */
export async function findBlockBefore(range: SearchRange, reader: ChainReader): Promise<BlockRef> {
  let { low, high } = range;
  let best = await need(low, reader);
  if (low >= high || best.timestamp >= range.timestamp) {
    const message = `no block from ${low} on lies before second ${range.timestamp}: older states are not kept`;
    throw new KeeperError("STATE_FORGOTTEN", message);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const block = await need(middle, reader);
    if (block.timestamp < range.timestamp) [low, best] = [middle, block];
    else high = middle;
  }
  return best;
}

async function need(number: number, reader: ChainReader): Promise<BlockRef> {
  const block = await reader.block(number);
  if (block !== undefined) return block;
  throw new KeeperError("CHAIN_INCONSISTENT", `the server lacks block ${number}`, { retriable: true });
}
