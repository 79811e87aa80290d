import { keccak_256 } from "@noble/hashes/sha3.js";

import { Recomputation } from "../../keepers/oracle/consensus/recompute.js";
import { compareBytes } from "../../keepers/protocol/bytes.js";
import { DeedKind } from "../../keepers/protocol/deedId.js";
import type { LeafEntry } from "../../keepers/protocol/leaf.js";
import { encodeLeafFile, LEAF_ENTRY_BYTES, LEAF_FILE_HEADER_BYTES } from "../../keepers/protocol/leafFile.js";
import { keccak } from "../../keepers/protocol/keccak.js";
import { CHAIN_ID, LEDGER, linksOf, NODES } from "./nodes.js";
import { costRatio, inTurns } from "./statistics.js";

type Hash = (bytes: Uint8Array) => Uint8Array;

const REPORTS = 21;
const EPOCH = 100n;
const NODE_BYTES = 32;
const WORD = 32;

/**
 * What an epoch's end costs (medians of 21 reports, new leaf file and its hash, tree) against hashing the same leaves into a flat
 * tree and nothing else, with the same keccak. That ratio is given; the one against keccak in JavaScript is told.
 */
export async function measureFinalize(turns: number, tell: (text: string) => void): Promise<number> {
  const header = { chainId: CHAIN_ID, ledger: LEDGER, epoch: EPOCH, previousRoot: `0x${"22".repeat(32)}` };
  const links = linksOf(Array.from({ length: NODES }, () => LEDGER));
  const previousEntries = links.map(({ deed }): LeafEntry => ({ kind: 1, id: deed, cumulative: 25_000n }));
  const startEpochs = { [DeedKind.NODE]: 0n, [DeedKind.MASTER]: 0n, [DeedKind.GENESIS]: 0n };
  const reports = Array.from({ length: REPORTS }, (_, oracle) => ({
    oracle: `0x${String(oracle).padStart(40, "0")}`,
    reportHash: `0x${String(oracle).padStart(64, "0")}`,
    bytes: Uint8Array.from({ length: NODES }, (__, link) => 250 + ((link * 7 + oracle * 3) % 6)),
  }));
  const inputs = { header, subjects: { links, seats: [] }, spent: new Set<string>(), previousEntries, startEpochs };
  const measured = (): void => {
    new Recomputation({}, inputs).compute(reports);
  };
  const leafFile = encodeLeafFile({ ...header, entries: previousEntries });
  const against = async (name: string, hash: Hash): Promise<number> => {
    const pairs = await inTurns(turns + 1, () => ({ baseline: () => void flatTree(leafFile, hash), measured }));
    const ratio = costRatio(pairs.slice(1));
    tell(`${ratio.toFixed(2)} times a flat tree on ${name}`);
    return ratio;
  };
  await against("keccak in JavaScript (@noble/hashes)", keccak_256);
  return against("the same keccak", keccak);
}

/** Root of the leaves in a leaf file: bytes and hashes, nothing else. */
function flatTree(leafFile: Uint8Array, hash: Hash): Uint8Array {
  const size = (leafFile.length - LEAF_FILE_HEADER_BYTES) / LEAF_ENTRY_BYTES;
  const nodes = new Uint8Array((2 * size - 1) * NODE_BYTES);
  const encoded = new Uint8Array(3 * WORD);
  for (let leaf = 0; leaf < size; leaf++) {
    const at = LEAF_FILE_HEADER_BYTES + leaf * LEAF_ENTRY_BYTES;
    encoded[WORD - 1] = leafFile[at] as number;
    encoded.set(leafFile.subarray(at + 1, at + 1 + WORD), WORD);
    encoded.set(leafFile.subarray(at + 1 + WORD, at + LEAF_ENTRY_BYTES), 3 * WORD - 8);
    nodes.set(hash(hash(encoded)), (2 * size - 2 - leaf) * NODE_BYTES);
  }
  const pair = new Uint8Array(2 * NODE_BYTES);
  for (let node = size - 2; node >= 0; node--) {
    const left = (2 * node + 1) * NODE_BYTES;
    const a = nodes.subarray(left, left + NODE_BYTES);
    const b = nodes.subarray(left + NODE_BYTES, left + 2 * NODE_BYTES);
    const ascending = compareBytes(a, b) <= 0;
    pair.set(ascending ? a : b);
    pair.set(ascending ? b : a, NODE_BYTES);
    nodes.set(hash(pair), node * NODE_BYTES);
  }
  return nodes.subarray(0, NODE_BYTES);
}
