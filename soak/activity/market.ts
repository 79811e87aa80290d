import { parseEther } from "ethers";

import { type Cast } from "../../scripts/network/accounts.js";
import { Narrator } from "../../scripts/network/narrator.js";
import { chainTime, mined } from "../../scripts/network/protocol.js";
import { associate } from "../../scripts/network/story/association.js";
import { buyR1, canOpenMarket, openMarket } from "../../scripts/network/story/market.js";
import { nodeName, type World } from "../world/world.js";
import { claimAll, lastActive } from "./claims.js";
import type { Actors } from "./actors.js";

/** Comes and goes, and serves no job. */
export const CHURN = "node-churn";

const APPROVAL_SECONDS = 365 * 86_400;
const PERSON = 1;
const LOOK_MS = 1_000;
/** What the developer has for all jobs. */
const PURSE = parseEther("900");

/** Once the Genesis deed has mined enough: operators buy a deed each and start a node, the last one's comes and goes. */
export async function openForOperators(world: World, actors: Actors): Promise<void> {
  const { protocol, clock, journal } = world;
  const cast: Cast = { ...world.cast, operators: world.cast.operators.slice(1) };
  const market = { protocol, cast, narrator: new Narrator({ clock }) };
  await approve(world, cast);
  await mineUntil(world, actors, () => canOpenMarket(market));
  const deeds = await openMarket(market);
  const { liquidity } = protocol.contracts.pools;
  await mineUntil(world, actors, async () => (await liquidity.releasable()) >= PURSE);
  await fundDeveloper(world);
  await join();

  async function join(): Promise<void> {
    const joining: Promise<void>[] = [];
    for (const [index, deed] of deeds.entries()) {
      const isLast = index === deeds.length - 1;
      const name = isLast ? CHURN : nodeName(index + 1);
      const [owner, node] = [cast.operators[index], world.cast.operatorNodes[index + 1]];
      if (owner === undefined || node === undefined) continue;
      const isStarting = journal.begin(name, "start");
      await associate({ protocol, deeds: { add: () => undefined } }, deed, owner, node);
      joining.push(world.startNode(name, node, owner.address, { runsJobs: !isLast }).then(isStarting));
      if (isLast) actors.churn = { deed, owner, node };
    }
    await Promise.all(joining);
  }
}

/** Claims what the Genesis deed mines, until its pools hold enough. */
async function mineUntil(world: World, actors: Actors, isEnough: () => Promise<boolean>): Promise<void> {
  while (!(await isEnough())) {
    const root = await lastActive(world);
    if (root !== undefined) await claimAll(world, actors, root);
    await world.clock.sleep(LOOK_MS, world.signal);
  }
}

async function approve({ protocol }: World, cast: Cast): Promise<void> {
  const registry = protocol.contracts.operatorRegistry.connect(cast.governance);
  const until = (await chainTime(protocol.provider)) + APPROVAL_SECONDS;
  for (const { address } of cast.operators) await mined(registry.approve(address, until, PERSON));
}

async function fundDeveloper({ protocol, cast }: World): Promise<void> {
  const treasury = protocol.contracts.pools.liquidity.connect(cast.governance);
  await mined(treasury.release(protocol.exchange, PURSE, "sale to a developer"));
  await buyR1({ protocol }, cast.developer, PURSE);
}
