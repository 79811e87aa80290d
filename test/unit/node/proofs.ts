import { deedId, DeedKind } from "../../../keepers/protocol/deedId.js";
import { leafHash, LeafKind } from "../../../keepers/protocol/leaf.js";
import { MerkleTree } from "../../../keepers/protocol/merkleTree.js";
import type { DeedProof } from "../../../keepers/node/proofClient.js";

/** A tree of deeds ND:0 … ND:9, ND:n with 100 + n bytes, and the proof of one of them. */
export function proofOf(tokenId: number, epoch = 7n): DeedProof {
  const cumulativeOf = (id: number): bigint => 100n + BigInt(id);
  const leaves = Array.from({ length: 10 }, (_, id) =>
    leafHash(LeafKind.AVAILABILITY, deedId(DeedKind.NODE, BigInt(id)), cumulativeOf(id)),
  );
  const tree = MerkleTree.of(leaves);
  const deed = deedId(DeedKind.NODE, BigInt(tokenId));
  return { epoch, root: tree.root, deed, cumulative: cumulativeOf(tokenId), proof: tree.proof(tokenId) };
}

/** As an oracle's proof API writes it. */
export function asJson({ epoch, root, deed, cumulative, proof }: DeedProof): Record<string, unknown> {
  return { epoch: Number(epoch), root, deed: `0x${deed.toString(16)}`, cumulative: cumulative.toString(), proof };
}
