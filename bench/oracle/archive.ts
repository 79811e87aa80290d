import { join } from "node:path";
import { z } from "zod";

import { CommitLog } from "../../keepers/chain/commitLog.js";
import { type Commit, emptyState } from "../../keepers/chain/protocolState.js";
import { SystemDisk } from "../../keepers/core/disk.js";
import type { LeafEntry } from "../../keepers/protocol/leaf.js";
import { availabilityCredit, dataHash, encodeLeafFile, nextLeafFile, treeOf } from "../../keepers/protocol/leafFile.js";
import { ZERO_HASH } from "../../keepers/protocol/oracleValue.js";
import type { EpochMeta } from "../../keepers/storage/epochStore.js";
import { FileEpochStore } from "../../keepers/storage/fileEpochStore.js";
import { CHAIN_ID, LEDGER, linksOf } from "./nodes.js";

/** An oracle's archive on disk. */
export function openArchive(directory: string): Promise<FileEpochStore<EpochMeta>> {
  const schema = z.strictObject({ dataHash: z.string() });
  return FileEpochStore.open({ directory: join(directory, "epochs"), schema }, { disk: new SystemDisk() });
}

/** Keeps that many epochs, each with a leaf for every deed, and gives the last commit. */
export async function fillArchive(directory: string, epochs: number, deeds: number): Promise<Commit> {
  const archive = await openArchive(directory);
  const links = linksOf(Array.from({ length: deeds }, () => LEDGER));
  let entries: readonly LeafEntry[] = [];
  let last: Commit | undefined;
  for (let epoch = 0n; last === undefined || epoch < BigInt(epochs); epoch++) {
    const previousRoot = last?.root ?? ZERO_HASH;
    const credits = links.map(({ deed }, index) => availabilityCredit(deed, 255 - ((index + Number(epoch)) % 7)));
    const file = nextLeafFile({ chainId: CHAIN_ID, ledger: LEDGER, epoch, previousRoot }, entries, credits);
    const bytes = encodeLeafFile(file);
    const hashes = { root: treeOf(file).root, previousRoot, dataHash: dataHash(bytes), transactionHash: ZERO_HASH };
    await archive.put(epoch, bytes, { dataHash: hashes.dataHash });
    last = { epoch, ...hashes, leafCount: BigInt(deeds), committedAt: Number(epoch), signers: [], previous: last };
    ({ entries } = file);
  }
  return last;
}

/** The chain's commits up to this one. */
export function commitsUpTo(lastCommit: Commit): CommitLog {
  const timestamp = lastCommit.committedAt;
  const block = { number: timestamp, hash: ZERO_HASH, parentHash: ZERO_HASH, timestamp };
  return new CommitLog({ activationDelay: 0 }, { follower: { view: { block, state: { ...emptyState, lastCommit } } } });
}
