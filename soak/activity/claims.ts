import type { DeedId } from "../../keepers/protocol/deedId.js";
import { decodeLeaves } from "../collect/leafFile.js";
import { fetchLeaves } from "../collect/epochs.js";
import { mined } from "../../scripts/network/protocol.js";
import type { CommitRecord } from "../history.js";
import { readCommits } from "../collect/commits.js";
import type { World } from "../world/world.js";
import type { Actors } from "./actors.js";

const AVAILABILITY = 1;

/** The last root that can be claimed against. */
export async function lastActive(world: World): Promise<CommitRecord | undefined> {
  const { epochLedger } = world.protocol.contracts;
  const commits = await readCommits(world);
  for (const commit of commits.filter(({ isDisproved }) => !isDisproved).reverse()) {
    if ((await epochLedger.rootOf(commit.epoch)) === commit.root) return commit;
  }
  return undefined;
}

/** A passer-by claims for every deed that has something to claim, with one proof. Gives the number of deeds. */
export async function claimAll(world: World, { api }: Actors, commit: CommitRecord): Promise<number> {
  const { protocol, cast } = world;
  const due = await claimable(world, commit);
  if (due.size === 0) return 0;
  const epoch = BigInt(commit.epoch);
  const { deeds: _asked, ...proof } = await api.multiproof(epoch, [...due.keys()]);
  const rewards = protocol.contracts.availabilityRewards.connect(cast.passerBy);
  const deeds = [..._asked];
  await mined(rewards.claimMany(epoch, deeds, [...proof.cumulatives], [...proof.proof], [...proof.proofFlags]));
  return due.size;
}

/** Wei that deeds have under a root, of those that have any. */
export async function claimable(world: World, commit: CommitRecord): Promise<Map<DeedId, bigint>> {
  const { availabilityRewards } = world.protocol.contracts;
  const bytes = await fetchLeaves(world, commit);
  const leaves = bytes === undefined ? [] : decodeLeaves(bytes);
  const due = new Map<DeedId, bigint>();
  for (const { kind, id, cumulative } of leaves) {
    if (kind !== AVAILABILITY) continue;
    const amount = await availabilityRewards.claimable(id, commit.epoch, cumulative);
    if (amount > 0n) due.set(id, amount);
  }
  return due;
}
