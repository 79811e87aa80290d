import type { HDNodeWallet } from "ethers";

import { type DeedId, formatDeed } from "../../../keepers/protocol/deedId.js";
import { short } from "../amounts.js";
import { until, type World } from "../world.js";
import { associate } from "./association.js";

const SEEN_LIMIT_MS = 30_000;

/** The operators associate a node each with their deeds, and start it. */
export async function joinNodes(world: World, deeds: readonly DeedId[]): Promise<void> {
  const { cast, fleet, narrator, follower } = world;
  narrator.chapter("Nodes join");
  const pairs = deeds.map((deed, index) => ({
    deed,
    owner: cast.operators[index] as HDNodeWallet,
    node: cast.operatorNodes[index] as HDNodeWallet,
  }));
  for (const { deed, owner, node } of pairs) {
    await associate(world, deed, owner, node);
    narrator.tell(`${formatDeed(deed)} has node ${short(node.address)}, which signed its consent`);
  }
  const links = world.deeds.all.length;
  await until(world, "every oracle sees the new nodes", SEEN_LIMIT_MS, () => {
    return follower.view.state.links.size >= links && fleet.oracles.every(({ status }) => status.nodes >= links);
  });
  await Promise.all(
    pairs.map(({ owner, node }) => fleet.startNode(node, owner.address.toLowerCase(), { runsJobs: true })),
  );
  narrator.tell(`${pairs.length} nodes were let in by an oracle and beat every second`);
}
