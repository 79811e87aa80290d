import type { Commit } from "../../chain/protocolState.js";
import { bytesToHex, type Hash } from "../../protocol/bytes.js";
import type { DeedId } from "../../protocol/deedId.js";
import { leafHash, LeafKind } from "../../protocol/leaf.js";
import type { TreeReader } from "../../storage/treeFile.js";
import { ApiError } from "../../core/http/apiError.js";
import { deedLabel } from "./deeds.js";
import { noLeaf } from "./epochReader.js";

/** What `AvailabilityRewards.claim` takes. Decimal strings for what may pass 2^53. */
export interface ProofAnswer {
  readonly epoch: number;
  readonly root: Hash;
  readonly deed: string;
  readonly name: string;
  readonly cumulative: string;
  readonly leaf: Hash;
  readonly proof: readonly Hash[];
}

/** What `AvailabilityRewards.claimMany` takes, deeds in the order that it expects. */
export interface MultiproofAnswer {
  readonly epoch: number;
  readonly root: Hash;
  readonly deeds: readonly string[];
  readonly cumulatives: readonly string[];
  readonly proof: readonly Hash[];
  readonly proofFlags: readonly boolean[];
}

/** @throws ApiError 404 when the deed has no leaf */
export async function proofOf({ epoch, root }: Commit, tree: TreeReader, deed: DeedId): Promise<ProofAnswer> {
  const found = await tree.find(LeafKind.AVAILABILITY, deed);
  if (found === undefined) throw noLeaf(epoch, deed);
  const proof = await tree.proof(found);
  return {
    epoch: Number(epoch),
    root,
    deed: deed.toString(),
    name: deedLabel(deed),
    cumulative: found.cumulative.toString(),
    leaf: bytesToHex(leafHash(found.kind, deed, found.cumulative)),
    proof,
  };
}

/** @throws ApiError 400 for a deed named twice, 404 when one has no leaf */
export async function multiproofOf(
  { epoch, root }: Commit,
  tree: TreeReader,
  deeds: readonly DeedId[],
): Promise<MultiproofAnswer> {
  if (new Set(deeds).size !== deeds.length) throw new ApiError(400, "DEED_REPEATED", "a deed is named twice");
  const found = await Promise.all(deeds.map((deed) => tree.find(LeafKind.AVAILABILITY, deed)));
  const leaves = found.map((leaf, index) => {
    if (leaf === undefined) throw noLeaf(epoch, deeds[index] as DeedId);
    return leaf;
  });
  const { proof, proofFlags } = await tree.multiproof(leaves);
  const byIndex = leaves.sort((a, b) => a.index - b.index);
  return {
    epoch: Number(epoch),
    root,
    deeds: byIndex.map(({ id }) => id.toString()),
    cumulatives: byIndex.map(({ cumulative }) => cumulative.toString()),
    proof,
    proofFlags,
  };
}
