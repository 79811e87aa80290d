import type { DeedId } from "../../protocol/deedId.js";
import { bytesToHex, type Hash } from "../../protocol/bytes.js";
import { type LeafEntry, leafHash, LeafKind } from "../../protocol/leaf.js";
import { indexOfLeaf } from "../../protocol/leafFile.js";
import { ApiError } from "../apiError.js";
import { deedLabel } from "./deeds.js";
import { noLeaf, type OpenEpoch } from "./epochReader.js";

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
export function proofOf({ commit, file, tree }: OpenEpoch, deed: DeedId): ProofAnswer {
  const index = indexOfLeaf(file, LeafKind.AVAILABILITY, deed);
  const cumulative = index === undefined ? undefined : file.entries[index]?.cumulative;
  if (index === undefined || cumulative === undefined) throw noLeaf(commit.epoch, deed);
  return {
    epoch: Number(commit.epoch),
    root: commit.root,
    deed: deed.toString(),
    name: deedLabel(deed),
    cumulative: cumulative.toString(),
    leaf: bytesToHex(leafHash(LeafKind.AVAILABILITY, deed, cumulative)),
    proof: tree.proof(index),
  };
}

/** @throws ApiError 400 for a deed named twice, 404 when one has no leaf */
export function multiproofOf({ commit, file, tree }: OpenEpoch, deeds: readonly DeedId[]): MultiproofAnswer {
  if (new Set(deeds).size !== deeds.length) throw new ApiError(400, "DEED_REPEATED", "a deed is named twice");
  const indices = deeds.map((deed) => {
    const index = indexOfLeaf(file, LeafKind.AVAILABILITY, deed);
    if (index === undefined) throw noLeaf(commit.epoch, deed);
    return index;
  });
  indices.sort((a, b) => a - b);
  const entries = indices.map((index) => file.entries[index] as LeafEntry);
  const { proof, proofFlags } = tree.multiproof(indices);
  return {
    epoch: Number(commit.epoch),
    root: commit.root,
    deeds: entries.map(({ id }) => id.toString()),
    cumulatives: entries.map(({ cumulative }) => cumulative.toString()),
    proof,
    proofFlags,
  };
}
