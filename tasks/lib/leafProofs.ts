import { ZeroHash } from "ethers";

import { SystemDisk } from "../../keepers/core/disk.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { EncodingError } from "../../keepers/protocol/bytes.js";
import type { DeedId } from "../../keepers/protocol/deedId.js";
import { type LeafEntry, LeafKind } from "../../keepers/protocol/leaf.js";
import { decodeLeafFile, indexOfLeaf, type LeafFile, treeOf } from "../../keepers/protocol/leafFile.js";
import type { MerkleTree } from "../../keepers/protocol/merkleTree.js";
import { deedName } from "./names.js";
import type { ClaimProof, ProofSource, ProvenSum } from "./proofSource.js";
import type { Protocol } from "./protocol.js";
import { formatTime } from "./times.js";

/** Proofs out of a leaf file: no server is needed. */
class LeafProofs implements ProofSource {
  readonly #file: LeafFile;
  readonly #tree: MerkleTree;

  constructor(file: LeafFile, tree: MerkleTree) {
    this.#file = file;
    this.#tree = tree;
  }

  sumOf(deed: DeedId): Promise<ProvenSum | undefined> {
    const index = indexOfLeaf(this.#file, LeafKind.AVAILABILITY, deed);
    const entry = index === undefined ? undefined : this.#file.entries[index];
    return Promise.resolve(entry && { epoch: this.#file.epoch, cumulative: entry.cumulative });
  }

  proofOf(deeds: readonly DeedId[]): Promise<ClaimProof> {
    const indices = deeds.map((deed) => this.#indexOf(deed)).sort((a, b) => a - b);
    const entries = indices.map((index) => this.#file.entries[index] as LeafEntry);
    const { proof, proofFlags } = this.#tree.multiproof(indices);
    return Promise.resolve({
      epoch: this.#file.epoch,
      deeds: entries.map(({ id }) => id),
      cumulatives: entries.map(({ cumulative }) => cumulative),
      proof,
      proofFlags,
    });
  }

  #indexOf(deed: DeedId): number {
    const index = indexOfLeaf(this.#file, LeafKind.AVAILABILITY, deed);
    if (index === undefined) throw new Error(`no leaf of ${deedName(deed)}`);
    return index;
  }
}

/** @throws KeeperError `LEAVES_NOT_FOUND`, `LEAVES_INVALID`, or `LEAVES_FOREIGN` when its root is not the one on chain */
export async function readLeafProofs(path: string, protocol: Protocol): Promise<ProofSource> {
  const bytes = await new SystemDisk().readFile(path);
  if (bytes === undefined) throw new KeeperError("LEAVES_NOT_FOUND", `there is no leaf file ${path}`);
  const file = decodeLeaves(bytes, path);
  await requireSameLedger(file, path, protocol);
  const root = await protocol.contracts.epochLedger.rootOf(file.epoch);
  if (root === ZeroHash) {
    await requireNotPending(file, path, protocol);
    throw new KeeperError(
      "LEAVES_FOREIGN",
      `leaf file ${path} is of epoch ${file.epoch.toString()}, which has no active root`,
    );
  }
  const tree = treeOf(file);
  if (tree.root !== root) {
    const message = `leaf file ${path} has root ${tree.root}, and epoch ${file.epoch.toString()} has root ${root} on chain`;
    throw new KeeperError("LEAVES_FOREIGN", message);
  }
  return new LeafProofs(file, tree);
}

/** The root of a pending epoch is not there to claim against yet, which is no fault of the file. */
async function requireNotPending({ epoch }: LeafFile, path: string, { contracts }: Protocol): Promise<void> {
  const pending = await contracts.epochLedger.pending();
  if (pending.root === ZeroHash || pending.epoch !== epoch) return;
  const message = `leaf file ${path} is of epoch ${epoch.toString()}, which is not active yet: claim from ${formatTime(pending.activeFrom)} on`;
  throw new KeeperError("EPOCH_PENDING", message);
}

export async function requireSameLedger(
  file: LeafFile,
  path: string,
  { deployment, contracts }: Protocol,
): Promise<void> {
  const ledger = (await contracts.epochLedger.getAddress()).toLowerCase();
  if (file.chainId === BigInt(deployment.chainId) && file.ledger.toLowerCase() === ledger) return;
  const message = `leaf file ${path} is of ledger ${file.ledger} on chain ${file.chainId.toString()}, not of ${ledger} on chain ${deployment.chainId}`;
  throw new KeeperError("LEAVES_FOREIGN", message);
}

export function decodeLeaves(bytes: Uint8Array, path: string): LeafFile {
  try {
    const file = decodeLeafFile(bytes);
    if (file.entries.length > 0) return file;
  } catch (error) {
    if (error instanceof EncodingError) {
      throw new KeeperError("LEAVES_INVALID", `${path} is no leaf file: ${error.message}`);
    }
    throw error;
  }
  throw new KeeperError("LEAVES_INVALID", `leaf file ${path} has no leaves`);
}
