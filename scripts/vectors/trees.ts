import { bytesToHex } from "../../keepers/protocol/bytes.js";
import { leafHash } from "../../keepers/protocol/leaf.js";
import { MerkleTree } from "../../keepers/protocol/merkleTree.js";
import { leafColumns, sampleLeaves } from "./samples.js";

const SIZES = [1, 2, 3, 5, 8, 100];
const PROVEN_OF_MANY = [0, 1, 27, 28, 50, 98, 99];
const MOST_PROVEN_WHOLE = 8;

/** Per size, under the key `n<size>`: leaves, root, single proofs and multiproofs. */
export function treeVectors(): object {
  return { sizes: SIZES, ...Object.fromEntries(SIZES.map((size) => [`n${size}`, treeVector(size)])) };
}

function treeVector(size: number): object {
  const leaves = sampleLeaves(size);
  const hashes = leaves.map(({ kind, id, cumulative }) => leafHash(kind, id, cumulative));
  const tree = MerkleTree.of(hashes);
  const proofIndices = size <= MOST_PROVEN_WHOLE ? hashes.map((_, index) => index) : PROVEN_OF_MANY;
  return {
    ...leafColumns(leaves),
    leaves: hashes.map(bytesToHex),
    root: tree.root,
    proofIndices,
    proofs: proofIndices.map((index) => tree.proof(index)),
    multiproofs: selections(size).map((indices) => ({ indices, ...tree.multiproof(indices) })),
  };
}

/** The first, the last, all, every second, a run in the middle: as many of these as differ. */
function selections(size: number): number[][] {
  const all = Array.from({ length: size }, (_, index) => index);
  const chosen = [
    [0],
    [size - 1],
    all,
    all.filter((index) => index % 2 === 0),
    all.slice(Math.floor(size / 3), Math.ceil((2 * size) / 3)),
    [0, size - 1],
  ].map((indices) => [...new Set(indices)]);
  return [...new Map(chosen.map((indices) => [indices.join(), indices])).values()];
}
