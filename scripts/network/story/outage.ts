import { type DeedId, formatDeed } from "../../../keepers/protocol/deedId.js";
import { seconds, type World } from "../world.js";

/** Where in the epoch the node falls silent, and where it is heard again. */
const FROM = 0.25;
const TO = 0.75;

/** One node stops for half of the next whole epoch: its byte and its reward will show it. */
export async function stageOutage(world: World, deed: DeedId): Promise<void> {
  const { epochClock, clock, narrator, fleet, deeds } = world;
  const node = fleet.nodeOf(deeds.get(deed)?.node ?? "");
  const start = epochClock.end(epochClock.epochAt(seconds(clock)));
  await sleepUntil(world, start + FROM * epochClock.duration);
  node?.pause();
  narrator.chapter(`The node of ${formatDeed(deed)} falls silent`);
  narrator.tell(`for half of epoch ${epochClock.epochAt(seconds(clock))}`);
  await sleepUntil(world, start + TO * epochClock.duration);
  node?.resume();
  narrator.tell(`the node of ${formatDeed(deed)} is back`);
}

async function sleepUntil({ clock, signal }: World, second: number): Promise<void> {
  await clock.sleep(second * 1_000 - clock.now(), signal);
}
