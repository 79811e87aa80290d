import type { ContractTransactionReceipt } from "ethers";

import { KeeperError } from "../../../keepers/core/errors.js";
import { type DeedId, formatDeed } from "../../../keepers/protocol/deedId.js";
import { type Claim, cumulativesOf } from "../deedBook.js";
import { mined } from "../protocol.js";
import { allocationOf, expectedOf } from "../schedules.js";
import type { EpochRecord, World } from "../world.js";

/**
 * Somebody without any role claims for every deed that has something, in one transaction; the rewards go to the owners, the
 * Genesis deed's to the pools. Gives what was claimed.
 *
 * @throws KeeperError `CLAIM_WRONG` when a deed has then not been given exactly what the law of its class says
 */
export async function claimEverything(world: World, record: EpochRecord): Promise<Claim[]> {
  const { protocol, cast, api, deeds, narrator } = world;
  const { epoch } = record.commit;
  const due = await deedsWithRewards(world, record);
  if (due.length === 0) {
    narrator.tell(`nothing can be claimed after epoch ${epoch}`);
    return [];
  }
  const proof = await api.multiproof(epoch, due);
  const rewards = protocol.contracts.availabilityRewards.connect(cast.passerBy);
  const receipt = await mined(
    rewards.claimMany(epoch, [...proof.deeds], [...proof.cumulatives], [...proof.proof], [...proof.proofFlags]),
  );
  const claims = readClaims(protocol, receipt);
  for (const claim of claims) deeds.addClaim(claim);
  const deedCount = claims.length === 1 ? "one deed" : `${claims.length} deeds`;
  narrator.tell(`a passer-by claims for ${deedCount} with one proof, ${receipt.gasUsed.toLocaleString("en")} gas:`);
  await checkClaims(world, claims);
  return claims;
}

async function deedsWithRewards({ protocol }: World, { commit, file }: EpochRecord): Promise<DeedId[]> {
  const { availabilityRewards } = protocol.contracts;
  const due: DeedId[] = [];
  for (const [deed, cumulative] of cumulativesOf(file)) {
    if ((await availabilityRewards.claimable(deed, commit.epoch, cumulative)) > 0n) due.push(deed);
  }
  return due;
}

function readClaims({ contracts }: World["protocol"], { logs, hash }: ContractTransactionReceipt): Claim[] {
  return logs.flatMap((log) => {
    const event = contracts.availabilityRewards.interface.parseLog(log);
    if (event?.name !== "Claimed") return [];
    const { deed, epoch, cumulative, amount } = event.args.toObject() as Omit<Claim, "txHash">;
    return [{ deed, epoch, cumulative, amount, txHash: hash }];
  });
}

/** What a deed was given so far must be `minted(x)` to the wei, whatever the number of claims. */
async function checkClaims({ protocol, schedules, deeds }: World, claims: readonly Claim[]): Promise<void> {
  for (const { deed, cumulative } of claims) {
    const expected = expectedOf(schedules, deed, await allocationOf(protocol.contracts, deed), cumulative);
    const claimed = deeds.get(deed)?.claimed ?? 0n;
    if (claimed === expected) continue;
    const message = `${formatDeed(deed)} has claimed ${claimed} wei, but minted(${cumulative}/255) is ${expected} wei`;
    throw new KeeperError("CLAIM_WRONG", message);
  }
}
