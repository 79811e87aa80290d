import type { HDNodeWallet } from "ethers";

import { type DeedId, formatDeed } from "../../../keepers/protocol/deedId.js";
import { seconds, until, type World } from "../world.js";
import type { Hired } from "./hiring.js";
import { deedOf, nextEpoch, replaced, servers, sleepUntil, visitAll } from "./serving.js";

/** Where in the epoch the node goes down, and where it comes back. */
const FROM = 0.2;
const TO = 0.75;
const GONE_LIMIT_MS = 5_000;

/**
 * The node of one deed goes down for half of the next whole epoch, and its containers with it: its byte and its reward will
 * show it, and the job that it serves moves to another node.
 * @param preferred the deed, unless only others serve the job @param hiring resolves with the job, if there is one
 */
export async function stageOutage(world: World, preferred: DeedId, hiring: Promise<Hired | undefined>): Promise<void> {
  const { epochClock, clock, narrator, fleet, deeds } = world;
  const start = nextEpoch(world);
  await sleepUntil(world, start + FROM * epochClock.duration);
  const hired = await hiring;
  const serving = hired ? servers(world, hired.jobId).map(deedOf) : [];
  const deed = serving.includes(preferred) ? preferred : (serving.at(-1) ?? preferred);
  const { node = "", owner = "" } = deeds.get(deed) ?? {};
  narrator.chapter(`The node of ${formatDeed(deed)} falls silent`);
  narrator.tell(
    `it is killed in the middle of epoch ${epochClock.epochAt(seconds(clock))}, with everything that it runs`,
  );
  const moving = hired && serving.includes(deed) ? moved(world, hired, deed) : undefined;
  await fleet.stopNode(node);
  await until(world, "the node is gone", GONE_LIMIT_MS, () => fleet.nodeOf(node)?.status.state === "closed");
  await Promise.all([moving, comeBack(world, deed, owner, start + TO * epochClock.duration)]);
}

async function moved(world: World, hired: Hired, deed: DeedId): Promise<void> {
  await replaced(world, hired, deed);
  await visitAll(world, hired);
}

async function comeBack(world: World, deed: DeedId, owner: string, second: number): Promise<void> {
  const { fleet, narrator, cast, deeds } = world;
  await sleepUntil(world, second);
  const address = deeds.get(deed)?.node;
  const key = cast.operatorNodes.find((candidate) => candidate.address.toLowerCase() === address) as HDNodeWallet;
  await fleet.startNode(key, owner, { runsJobs: true });
  narrator.tell(`the node of ${formatDeed(deed)} is back`);
}
