import type { ContractTransactionReceipt } from "ethers";

import { mined, type Signer } from "./chain.js";
import { type CommittedEpoch, leafOf } from "./epochs.js";
import type { Protocol } from "./protocol.js";

/** Claims for one deed by its leaf in that epoch. */
export async function claim(
  { rewards }: Protocol,
  sender: Signer,
  committed: CommittedEpoch,
  deed: bigint,
): Promise<ContractTransactionReceipt> {
  const { index, cumulative } = leafOf(committed, deed);
  return mined(rewards.connect(sender).claim(deed, committed.epoch, cumulative, committed.tree.proof(index)));
}

/**
 * Claims for several deeds with one multiproof, in the order of their leaves.
 * @throws Error when one of them was skipped: such a claim would look cheap
 */
export async function claimMany(
  { rewards }: Protocol,
  sender: Signer,
  committed: CommittedEpoch,
  deeds: readonly bigint[],
): Promise<ContractTransactionReceipt> {
  const leaves = deeds.map((deed) => ({ deed, ...leafOf(committed, deed) })).sort((a, b) => a.index - b.index);
  const { proof, proofFlags } = committed.tree.multiproof(leaves.map(({ index }) => index));
  const receipt = await mined(
    rewards.connect(sender).claimMany(
      committed.epoch,
      leaves.map(({ deed }) => deed),
      leaves.map(({ cumulative }) => cumulative),
      [...proof],
      [...proofFlags],
    ),
  );
  const { topicHash } = rewards.getEvent("Claimed").fragment;
  const claimed = receipt.logs.filter((log) => log.topics[0] === topicHash).length;
  if (claimed !== deeds.length) throw new Error(`${deeds.length - claimed} of ${deeds.length} claims were skipped`);
  return receipt;
}
