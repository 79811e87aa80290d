import type { ContractTransactionReceipt } from "ethers";

import { DeedKind, deedId, parseDeedId } from "../../keepers/protocol/deedId.js";
import { mined } from "./chain.js";
import { claim, claimMany } from "./claims.js";
import { commitEpoch, FULL_TREE, MASTER_START } from "./epochs.js";
import { answering, challenging, disproving, removingSilent, reportingEquivocation } from "./disputes.js";
import { assigning, creating, settling } from "./jobs.js";
import { buyDeeds, fund, priceOf } from "./market.js";
import { associate, nodeKey } from "./nodes.js";
import type { OperationKey } from "./operations.js";
import { addOracles, quorumOfSet } from "./oracles.js";
import { MASTERS } from "./people.js";
import { refreshFeed } from "./protocol.js";
import { FIRST, FRESH_DEED, LIVE_DEEDS, NEWCOMER_DEED, NOW, SMALL_SET, type World } from "./world.js";

/** Sets a scene in the world, and returns the receipt of the one transaction that is measured. */
export type Scenario = (world: World) => Promise<ContractTransactionReceipt>;

/** How each operation is measured. */
export const SCENARIOS: Readonly<Record<OperationKey, Scenario>> = {
  "buy-1": buying(1),
  "buy-10": buying(10),
  "buy-50": buying(50),
  associate: associating,
  "claim-later-1": claimingLater(1),
  "claim-later-30": claimingLater(30),
  "claim-later-1080": claimingLater(1080),
  "claim-first": claimingFirst,
  "claim-10": claimingTen,
  "claim-mnd-365": claimingMaster,
  "commit-5": committing(SMALL_SET),
  "commit-21": committing(MASTERS),
  disprove: disproving,
  "report-equivocation": reportingEquivocation,
  challenge: challenging,
  answer: answering,
  "remove-silent": removingSilent,
  "transfer-live": transferring,
  "job-create": creating,
  "job-assign-1": assigning(1),
  "job-assign-10": assigning(10),
  "job-settle-1": settling(1),
  "job-settle-10": settling(10),
};

/** The oracles of a set of `count` commit the next epoch. */
export function committing(count: number, leafCount = FULL_TREE): Scenario {
  return async ({ chain, protocol, people }) => {
    await addOracles(protocol, SMALL_SET, count);
    const signers = quorumOfSet(count);
    const { receipt } = await commitEpoch({ chain, protocol, signers, sender: people.submitter }, NOW, leafCount);
    return receipt;
  };
}

/** The buyer never had a deed, and has R1 and allowance left over afterwards: nothing is refunded for emptied slots. */
function buying(count: number): Scenario {
  return async ({ protocol, people }) => {
    await refreshFeed(protocol);
    const plenty = 2n * (await priceOf(protocol, count));
    await fund(protocol, people.buyer, plenty);
    return buyDeeds(protocol, people.buyer, count, plenty);
  };
}

/** A deed in the middle of a batch of 50 that never had a node, and a node that never had a deed. */
async function associating({ chain, protocol, people }: World): Promise<ContractTransactionReceipt> {
  return associate(chain, protocol, { deed: FRESH_DEED, owner: people.holder, key: nodeKey("fresh"), epoch: NOW });
}

/** The owner claims, `epochs` after its first claim for this deed. */
function claimingLater(epochs: number): Scenario {
  return async (world) => {
    const deed = LIVE_DEEDS[5] as bigint;
    await claim(world.protocol, world.people.holder, epochOf(world, FIRST), deed);
    return claim(world.protocol, world.people.holder, epochOf(world, FIRST + epochs), deed);
  };
}

/** The owner has no R1 before. */
async function claimingFirst(world: World): Promise<ContractTransactionReceipt> {
  return claim(world.protocol, world.people.newcomer, epochOf(world, FIRST + 30), NEWCOMER_DEED);
}

/** Ten neighbouring deeds of one owner, 30 epochs after their first claim. */
async function claimingTen(world: World): Promise<ContractTransactionReceipt> {
  await claimMany(world.protocol, world.people.holder, epochOf(world, FIRST), LIVE_DEEDS);
  return claimMany(world.protocol, world.people.holder, epochOf(world, FIRST + 30), LIVE_DEEDS);
}

/** Its owner claims, 365 epochs after its first claim, which was for the first epoch of its class. */
async function claimingMaster(world: World): Promise<ContractTransactionReceipt> {
  const owner = world.people.masters[0] as World["people"]["holder"];
  const deed = deedId(DeedKind.MASTER, 1n);
  await claim(world.protocol, owner, epochOf(world, MASTER_START), deed);
  return claim(world.protocol, owner, epochOf(world, MASTER_START + 365), deed);
}

/** The owner keeps other deeds; the receiver never had one. */
async function transferring({ protocol, people }: World): Promise<ContractTransactionReceipt> {
  const { holder, receiver } = people;
  const { tokenId } = parseDeedId(LIVE_DEEDS[5] as bigint);
  return mined(protocol.nodeDeed.connect(holder).transferFrom(holder.address, receiver.address, tokenId));
}

function epochOf({ epochs }: World, epoch: number) {
  const committed = epochs.get(epoch);
  if (!committed) throw new Error(`epoch ${epoch} is not among the committed ones`);
  return committed;
}
