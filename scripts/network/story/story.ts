import { describeError } from "../../../keepers/core/errors.js";
import type { EpochRecord, World } from "../world.js";
import { claimEverything } from "./claims.js";
import { CommittedEpochs } from "./epochs.js";
import { joinNodes } from "./joining.js";
import { canOpenMarket, openMarket } from "./market.js";
import { opening } from "./opening.js";
import { stageOutage } from "./outage.js";
import { showPools, showResults } from "./results.js";

/** Called when an epoch's claims are done, with all epochs so far; true ends the story. */
export type OnEpoch = (epochs: readonly EpochRecord[]) => Promise<boolean>;

/** The whole story, and then one epoch after the other until `onEpoch` says that it is enough, or the world's signal aborts. */
export async function tellStory(world: World, onEpoch: OnEpoch): Promise<void> {
  await opening(world);
  const epochs = new CommittedEpochs(world);
  let isMarketOpen = false;
  do {
    const claims = await claimEverything(world, await epochs.next());
    await showResults(world, claims);
    if (!isMarketOpen && (await canOpenMarket(world))) {
      isMarketOpen = true;
      await showPools(world);
      await openForOperators(world);
    }
  } while (!(await onEpoch(epochs.records)));
}

/** The operators' part; the outage of one of their nodes goes on beside the story. */
async function openForOperators(world: World): Promise<void> {
  const deeds = await openMarket(world);
  await joinNodes(world, deeds);
  stageOutage(world, deeds.at(-1) as (typeof deeds)[number]).catch((error: unknown) => {
    if (!world.signal.aborted) world.narrator.warn(`the outage did not go as planned: ${describeError(error)}`);
  });
}
