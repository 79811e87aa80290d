import type { Commit } from "../../chain/protocolState.js";
import { bytesToHex, type Hash } from "../../protocol/bytes.js";
import { type DeedId, parseDeedId } from "../../protocol/deedId.js";
import { leafHash, LeafKind } from "../../protocol/leaf.js";
import { serviceId } from "../../protocol/serviceId.js";
import type { FoundLeaf, TreeReader } from "../../storage/treeFile.js";
import { ApiError } from "../../core/http/apiError.js";
import { deedLabel } from "./deeds.js";

/** What `JobEscrow.settle` takes. Decimal strings for what may pass 2^53. */
export interface ServiceProofAnswer {
  readonly epoch: number;
  readonly root: Hash;
  readonly jobId: string;
  readonly deed: string;
  readonly name: string;
  readonly tokenId: number;
  readonly cumulative: string;
  readonly leaf: Hash;
  readonly proof: readonly Hash[];
}

/** What `JobEscrow.settleMany` takes, deeds in the order that it expects. */
export interface ServiceMultiproofAnswer {
  readonly epoch: number;
  readonly root: Hash;
  readonly jobId: string;
  readonly deeds: readonly string[];
  readonly tokenIds: readonly number[];
  readonly cumulatives: readonly string[];
  readonly proof: readonly Hash[];
  readonly proofFlags: readonly boolean[];
}

/** @throws ApiError 404 when the deed did not serve the job */
export async function serviceProofOf(
  { epoch, root }: Commit,
  tree: TreeReader,
  jobId: bigint,
  deed: DeedId,
): Promise<ServiceProofAnswer> {
  const found = await findService(epoch, tree, jobId, deed);
  return {
    epoch: Number(epoch),
    root,
    jobId: jobId.toString(),
    deed: deed.toString(),
    name: deedLabel(deed),
    tokenId: tokenOf(deed),
    cumulative: found.cumulative.toString(),
    leaf: bytesToHex(leafHash(found.kind, found.id, found.cumulative)),
    proof: await tree.proof(found),
  };
}

/** @throws ApiError 400 for a deed named twice, 404 when one did not serve the job */
export async function serviceMultiproofOf(
  { epoch, root }: Commit,
  tree: TreeReader,
  jobId: bigint,
  deeds: readonly DeedId[],
): Promise<ServiceMultiproofAnswer> {
  if (new Set(deeds).size !== deeds.length) throw new ApiError(400, "DEED_REPEATED", "a deed is named twice");
  const found = await Promise.all(
    deeds.map(async (deed) => ({ deed, leaf: await findService(epoch, tree, jobId, deed) })),
  );
  const { proof, proofFlags } = await tree.multiproof(found.map(({ leaf }) => leaf));
  const ordered = found.sort((a, b) => a.leaf.index - b.leaf.index);
  return {
    epoch: Number(epoch),
    root,
    jobId: jobId.toString(),
    deeds: ordered.map(({ deed }) => deed.toString()),
    tokenIds: ordered.map(({ deed }) => tokenOf(deed)),
    cumulatives: ordered.map(({ leaf }) => leaf.cumulative.toString()),
    proof,
    proofFlags,
  };
}

async function findService(epoch: bigint, tree: TreeReader, jobId: bigint, deed: DeedId): Promise<FoundLeaf> {
  const found = await tree.find(LeafKind.SERVICE, BigInt(serviceId(jobId, deed)));
  if (found !== undefined) return found;
  const message = `${deedLabel(deed)} did not serve job ${jobId} in epoch ${epoch} or before, or was settled for good`;
  throw new ApiError(404, "SERVICE_HAS_NO_LEAF", message);
}

function tokenOf(deed: DeedId): number {
  return Number(parseDeedId(deed).tokenId);
}
