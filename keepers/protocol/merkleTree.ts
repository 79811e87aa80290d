import { bytesToHex, compareBytes, type Hash, hexToBytes } from "./bytes.js";
import { keccak } from "./signing.js";

/** Proof of several leaves at once, as OpenZeppelin's `MerkleProof.multiProofVerify` takes it. */
export interface Multiproof {
  /** Hashes of the proven leaves in ascending order of their indices: the order in which the verifier consumes them. */
  readonly leaves: readonly Hash[];
  readonly proof: readonly Hash[];
  readonly proofFlags: readonly boolean[];
}

const NODE = 32;

/**
 * The complete binary tree of `@openzeppelin/merkle-tree` with `sortLeaves: false`: `2n − 1` nodes in one array, leaf `i` at
 * `2n − 2 − i`, the root at 0, each inner node the hash of its two children in ascending order. Kept as one flat array of
 * bytes: the library's own tree of hex strings takes fifteen times as long for 46,224 leaves.
 */
export class MerkleTree {
  readonly root: Hash;
  /** Number of leaves. */
  readonly size: number;
  readonly #nodes: Uint8Array;

  private constructor(nodes: Uint8Array, size: number) {
    this.#nodes = nodes;
    this.size = size;
    this.root = bytesToHex(nodes.subarray(0, NODE));
  }

  /** @throws RangeError without leaves (there is no root of nothing) or when one is not 32 bytes */
  static of(leafHashes: readonly Uint8Array[]): MerkleTree {
    const leaves = new Uint8Array(leafHashes.length * NODE);
    leafHashes.forEach((leaf, index) => {
      if (leaf.length !== NODE) throw new RangeError(`leaf ${index}: got ${leaf.length} bytes, want ${NODE}`);
      leaves.set(leaf, index * NODE);
    });
    return MerkleTree.ofBytes(leaves);
  }

  /** The same of leaf hashes one after the other. @throws RangeError without leaves */
  static ofBytes(leaves: Uint8Array): MerkleTree {
    const size = leaves.length / NODE;
    if (!Number.isInteger(size)) throw new RangeError(`${leaves.length} bytes are no leaves of ${NODE}`);
    if (size === 0) throw new RangeError("a tree needs at least one leaf");
    const nodes = new Uint8Array((2 * size - 1) * NODE);
    for (let index = 0; index < size; index++) {
      nodes.set(leaves.subarray(index * NODE, (index + 1) * NODE), (2 * size - 2 - index) * NODE);
    }
    hashInnerNodes(nodes, size);
    return new MerkleTree(nodes, size);
  }

  /** Whether the leaf is in the tree of that root. False for anything malformed, never throws. */
  static verify(root: Hash, leaf: Hash, proof: readonly Hash[]): boolean {
    const nodes = parseHashes([leaf, ...proof]);
    if (!nodes) return false;
    const [start, ...siblings] = nodes;
    return start !== undefined && bytesToHex(siblings.reduce(hashPair, start)) === root;
  }

  /** Whether all leaves are in the tree of that root. False for anything malformed, and for no leaves; never throws. */
  static verifyMultiproof(root: Hash, multiproof: Multiproof): boolean {
    const leaves = parseHashes(multiproof.leaves);
    const proof = parseHashes(multiproof.proof);
    if (!leaves || !proof) return false;
    const computed = processMultiproof(leaves, proof, multiproof.proofFlags);
    return computed !== undefined && bytesToHex(computed) === root;
  }

  /** Siblings from the leaf up to the root; empty when it is the only leaf. @throws RangeError for an unknown leaf */
  proof(index: number): Hash[] {
    return proofNodes(this.size, index).map((node) => this.#hash(node));
  }

  /**
   * One proof for several leaves, given in any order.
   * @throws RangeError for no leaves (such a proof would prove nothing yet pass), repeated or unknown ones
   */
  multiproof(indices: readonly number[]): Multiproof {
    const { leaves, proof, proofFlags } = multiproofNodes(this.size, indices);
    const hash = (node: number): Hash => this.#hash(node);
    return { leaves: leaves.map(hash), proof: proof.map(hash), proofFlags };
  }

  /** The bytes of nodes `first` to before `end`, in the array's order. Not a copy. */
  nodes(first: number, end: number): Uint8Array {
    return this.#nodes.subarray(first * NODE, end * NODE);
  }

  #hash(node: number): Hash {
    return bytesToHex(this.nodes(node, node + 1));
  }
}

/** A multiproof's nodes by their place in the array. */
export interface MultiproofNodes {
  readonly leaves: readonly number[];
  readonly proof: readonly number[];
  readonly proofFlags: readonly boolean[];
}

/** The nodes that `MerkleTree.proof` gives, by their place in the array of a tree of that many leaves. */
export function proofNodes(size: number, index: number): number[] {
  const siblings: number[] = [];
  for (let node = leafNode(size, index); node > 0; node = parentOf(node)) siblings.push(siblingOf(node));
  return siblings;
}

/** The nodes that `MerkleTree.multiproof` gives. @throws RangeError as it does */
export function multiproofNodes(size: number, indices: readonly number[]): MultiproofNodes {
  const leaves = indices.map((index) => leafNode(size, index)).sort((a, b) => b - a);
  if (leaves.length === 0) throw new RangeError("a multiproof needs at least one leaf");
  if (leaves.some((node, i) => node === leaves[i - 1])) throw new RangeError("a multiproof cannot repeat a leaf");
  return { leaves, ...climb([...leaves]) };
}

/** Works through nodes from the deepest up; parents join the end of the queue, which keeps it in descending order. */
function climb(queue: number[]): Omit<MultiproofNodes, "leaves"> {
  const proof: number[] = [];
  const proofFlags: boolean[] = [];
  for (let head = 0; (queue[head] ?? 0) > 0; head++) {
    const node = queue[head] as number;
    const known = siblingOf(node) === queue[head + 1];
    proofFlags.push(known);
    if (known) head++;
    else proof.push(siblingOf(node));
    queue.push(parentOf(node));
  }
  return { proof, proofFlags };
}

function leafNode(size: number, index: number): number {
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`leaf index: got ${index}, want 0 to ${size - 1}`);
  }
  return 2 * size - 2 - index;
}

function parentOf(node: number): number {
  return (node - 1) >> 1;
}

/** Odd nodes are left children. */
function siblingOf(node: number): number {
  return node % 2 === 1 ? node + 1 : node - 1;
}

/** Hashes from the last inner node up to the root; the two children of a node are neighbours in the array. */
function hashInnerNodes(nodes: Uint8Array, size: number): void {
  for (let node = size - 2; node >= 0; node--) {
    const left = (2 * node + 1) * NODE;
    const children = nodes.subarray(left, left + 2 * NODE);
    const [a, b] = [children.subarray(0, NODE), children.subarray(NODE)];
    nodes.set(compareBytes(a, b) <= 0 ? keccak(children) : hashPair(a, b), node * NODE);
  }
}

/** Parent of two nodes, whichever is first. */
export function hashPair(a: Uint8Array, b: Uint8Array): Uint8Array {
  const pair = new Uint8Array(2 * NODE);
  const ascending = compareBytes(a, b) <= 0;
  pair.set(ascending ? a : b);
  pair.set(ascending ? b : a, NODE);
  return keccak(pair);
}

function parseHashes(hashes: readonly Hash[]): Uint8Array[] | undefined {
  if (!hashes.every((hash) => /^0x[0-9a-fA-F]{64}$/.test(hash))) return undefined;
  return hashes.map(hexToBytes);
}

/** As on chain: each flag says whether the second operand is the next known node (true) or the next proof element. */
function processMultiproof(
  leaves: readonly Uint8Array[],
  proof: readonly Uint8Array[],
  flags: readonly boolean[],
): Uint8Array | undefined {
  if (leaves.length + proof.length !== flags.length + 1) return undefined;
  const known = [...leaves];
  let knownAt = 0;
  let proofAt = 0;
  for (const flag of flags) {
    const a = known[knownAt++];
    const b = flag ? known[knownAt++] : proof[proofAt++];
    if (!a || !b) return undefined;
    known.push(hashPair(a, b));
  }
  // The counts above leave one node, or none: when proof elements are left over, or when there were no leaves to prove.
  return known[knownAt];
}
