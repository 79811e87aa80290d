/** Leaves, trees and proofs as `docs/protocol.md` describes them. */
import { AbiCoder, concat, keccak256 } from "ethers";

export const AVAILABILITY = 1;
export const SERVICE = 2;
const NODE_DEED = 1n;
const KIND_SHIFT = 248n;

export interface Leaf {
  readonly kind: number;
  readonly id: bigint;
  readonly cumulative: bigint;
}

/** Leaf `i` at `2n − 2 − i`, the root at 0. */
export interface Tree {
  readonly leaves: readonly Leaf[];
  readonly nodes: readonly string[];
}

export interface MultiProof {
  /** Positions of the leaves in the order in which they are to be shown. */
  readonly order: readonly number[];
  readonly proof: readonly string[];
  readonly flags: readonly boolean[];
}

const coder = AbiCoder.defaultAbiCoder();

export function deedId(kind: bigint, token: number | bigint): bigint {
  return (kind << KIND_SHIFT) | BigInt(token);
}

export function kindOf(deed: bigint): bigint {
  return deed >> KIND_SHIFT;
}

export function tokenOf(deed: bigint): bigint {
  return deed & ((1n << KIND_SHIFT) - 1n);
}

/** Id of the SERVICE leaf of a Node Deed in a job. */
export function serviceId(jobId: number, token: number): bigint {
  return BigInt(keccak256(coder.encode(["uint256", "uint256"], [jobId, deedId(NODE_DEED, token)])));
}

export function leafHash({ kind, id, cumulative }: Leaf): string {
  return keccak256(keccak256(coder.encode(["uint8", "uint256", "uint256"], [kind, id, cumulative])));
}

/** @param leaves At least one; in any order, which the tree keeps. */
export function treeOf(leaves: readonly Leaf[]): Tree {
  const nodes = new Array<string>(2 * leaves.length - 1);
  leaves.forEach((leaf, i) => (nodes[nodes.length - 1 - i] = leafHash(leaf)));
  for (let i = leaves.length - 2; i >= 0; i--) nodes[i] = parentOf(nodes[2 * i + 1]!, nodes[2 * i + 2]!);
  return { leaves, nodes };
}

export function rootOf({ nodes }: Tree): string {
  return nodes[0]!;
}

export function proofOf({ nodes }: Tree, position: number): string[] {
  const proof: string[] = [];
  for (let i = nodes.length - 1 - position; i > 0; i = above(i)) proof.push(nodes[beside(i)]!);
  return proof;
}

/** @param positions Of the leaves to show, ascending, at least one. */
export function multiProofOf({ nodes }: Tree, positions: readonly number[]): MultiProof {
  const known = positions.map((position) => nodes.length - 1 - position);
  const [proof, flags]: [string[], boolean[]] = [[], []];
  for (let i = known.shift()!; i > 0; i = known.shift()!) {
    const isKnown = known[0] === beside(i);
    if (isKnown) known.shift();
    else proof.push(nodes[beside(i)]!);
    flags.push(isKnown);
    known.push(above(i));
  }
  return { order: positions, proof, flags };
}

/** What a proof makes of a leaf. */
export function provenRoot(leaf: Leaf, proof: readonly string[]): string {
  return proof.reduce(parentOf, leafHash(leaf));
}

/** The same for several; undefined where numbers of leaves, hashes and flags do not go together. */
export function multiProvenRoot(
  leaves: readonly Leaf[],
  proof: readonly string[],
  flags: readonly boolean[],
): string | undefined {
  if (leaves.length + proof.length !== flags.length + 1) return undefined;
  const queue = leaves.map(leafHash);
  const rest = [...proof];
  for (const isKnown of flags) {
    const one = queue.shift()!;
    queue.push(parentOf(one, (isKnown ? queue.shift() : rest.shift())!));
  }
  return queue[0] ?? rest[0];
}

function parentOf(a: string, b: string): string {
  return keccak256(a < b ? concat([a, b]) : concat([b, a]));
}

function above(node: number): number {
  return (node - 1) >> 1;
}

function beside(node: number): number {
  return node % 2 === 1 ? node + 1 : node - 1;
}
