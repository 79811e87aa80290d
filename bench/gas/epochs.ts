import type { ContractTransactionReceipt } from "ethers";

import { bytesToHex } from "../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { type LeafEntry, LeafKind } from "../../keepers/protocol/leaf.js";
import { dataHash, encodeLeafFile, indexOfLeaf, type LeafFile, treeOf } from "../../keepers/protocol/leafFile.js";
import type { MerkleTree } from "../../keepers/protocol/merkleTree.js";
import { compactSignature, type SigningKey } from "../../keepers/protocol/signing.js";
import { type EpochReport, epochReportDigest, type SigningDomain } from "../../keepers/protocol/typedData.js";
import { ACTIVATION_DELAY, type Chain, enterEpoch, mined, type Signer } from "./chain.js";
import { MASTERS } from "./people.js";
import type { Protocol } from "./protocol.js";

/** Leaves of a full network: as many as there are Node Deeds. */
export const FULL_TREE = 46_224;

/** First epoch that counts for Master Node Deeds. */
export const MASTER_START = 223;

/** What every deed is credited with in every epoch: less than full, so that no claim reaches the end of its schedule. */
const CREDIT = 250;

/** A committed epoch and all that is needed to claim by it. */
export interface CommittedEpoch {
  readonly epoch: number;
  readonly file: LeafFile;
  readonly tree: MerkleTree;
}

/** Who commits: the chain, the contracts, the oracles that sign in ascending order, and the account that sends. */
export interface Committer {
  readonly chain: Chain;
  readonly protocol: Protocol;
  readonly signers: readonly SigningKey[];
  readonly sender: Signer;
}

/** A commit: what it says, and what it cost. */
export interface Commit {
  readonly committed: CommittedEpoch;
  readonly receipt: ContractTransactionReceipt;
}

/** Waits until `epoch` has ended, commits a tree of `leafCount` leaves, and waits until its root is active. */
export async function commitEpoch(committer: Committer, epoch: number, leafCount: number): Promise<Commit> {
  const commit = await proposeEpoch(committer, epoch, entriesAt(epoch, leafCount));
  await committer.chain.networkHelpers.time.increase(ACTIVATION_DELAY);
  return commit;
}

/** Waits until `epoch` has ended, and commits a tree of these leaves: its root is pending. */
export async function proposeEpoch(
  { chain, protocol, signers, sender }: Committer,
  epoch: number,
  entries: readonly LeafEntry[],
): Promise<Commit> {
  await enterEpoch(chain, epoch + 1);
  const domain = await ledgerDomain(chain, protocol);
  const { root: previousRoot } = await protocol.ledger.latest();
  const file = {
    chainId: domain.chainId,
    ledger: domain.verifyingContract,
    epoch: BigInt(epoch),
    previousRoot,
    entries,
  };
  const tree = treeOf(file);

  const report = {
    epoch: BigInt(epoch),
    previousRoot,
    root: tree.root,
    dataHash: dataHash(encodeLeafFile(file)),
    leafCount: BigInt(entries.length),
  };
  const receipt = await mined(protocol.ledger.connect(sender).commit(report, signReport(domain, report, signers)));
  return { committed: { epoch, file, tree }, receipt };
}

/** The deed's leaf in that epoch: its index in the tree and its cumulative bytes. */
export function leafOf({ epoch, file }: CommittedEpoch, deed: bigint): { index: number; cumulative: bigint } {
  const index = indexOfLeaf(file, LeafKind.AVAILABILITY, deed);
  const entry = index === undefined ? undefined : file.entries[index];
  if (index === undefined || !entry) throw new Error(`deed ${deed} has no leaf in epoch ${epoch}`);
  return { index, cumulative: entry.cumulative };
}

/** Node Deeds first, then the masters' (from their start on), last the Genesis deed's: ascending by deed. */
export function entriesAt(epoch: number, count: number): LeafEntry[] {
  const masters = epoch < MASTER_START ? 0 : MASTERS;
  const nodes = count - masters - 1;
  const leaf = (kind: DeedKind, tokenId: number, epochs: number): LeafEntry => ({
    kind: LeafKind.AVAILABILITY,
    id: deedId(kind, BigInt(tokenId)),
    cumulative: BigInt(CREDIT * epochs),
  });
  return [
    ...Array.from({ length: nodes }, (_, i) => leaf(DeedKind.NODE, i + 1, epoch)),
    ...Array.from({ length: masters }, (_, i) => leaf(DeedKind.MASTER, i + 1, epoch + 1 - MASTER_START)),
    leaf(DeedKind.GENESIS, 1, epoch + 1),
  ];
}

/** The domain of the oracles' signatures over reports. */
export async function ledgerDomain(chain: Chain, { ledger }: Protocol): Promise<SigningDomain> {
  const { chainId } = await chain.ethers.provider.getNetwork();
  return { chainId, verifyingContract: (await ledger.getAddress()).toLowerCase() };
}

function signReport(domain: SigningDomain, report: EpochReport, signers: readonly SigningKey[]) {
  const digest = epochReportDigest(domain, report);
  return signers.map((key) => signCompact(key, digest));
}

/** A compact signature as the contracts take it. */
export function signCompact(key: SigningKey, digest: Uint8Array) {
  const compact = compactSignature(key.sign(digest));
  return { r: bytesToHex(compact.subarray(0, 32)), vs: bytesToHex(compact.subarray(32)) };
}
