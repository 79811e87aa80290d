import { describeError } from "../../../keepers/core/errors.js";
import type { DeedId } from "../../../keepers/protocol/deedId.js";
import { JOB } from "../jobs/jobTerms.js";
import type { EpochRecord, World } from "../world.js";
import { claimEverything } from "./claims.js";
import { CommittedEpochs } from "./epochs.js";
import { hire, type Hired } from "./hiring.js";
import { joinNodes } from "./joining.js";
import { canOpenMarket, openMarket } from "./market.js";
import { opening } from "./opening.js";
import { stageOutage } from "./outage.js";
import { showPools, showResults } from "./results.js";
import { assigned, visitAll } from "./serving.js";
import { settleEverything } from "./settlement.js";

/** Called when an epoch's claims are done, with all epochs so far; true ends the story. */
export type OnEpoch = (epochs: readonly EpochRecord[]) => Promise<boolean>;

/** The whole story, and then one epoch after the other until `onEpoch` says that it is enough, or the world's signal aborts. */
export async function tellStory(world: World, onEpoch: OnEpoch): Promise<void> {
  await opening(world);
  const epochs = new CommittedEpochs(world);
  let isMarketOpen = false;
  do {
    const record = await epochs.next();
    const claims = await claimEverything(world, record);
    await settleEverything(world, record);
    await showResults(world, claims);
    if (!isMarketOpen && (await canOpenMarket(world))) {
      isMarketOpen = true;
      await showPools(world);
      await openForOperators(world);
    }
  } while (!(await onEpoch(epochs.records)));
}

/** The operators' part, and a developer's. The job, and the outage of a node, go on beside the story. */
async function openForOperators(world: World): Promise<void> {
  const deeds = await openMarket(world);
  await joinNodes(world, deeds);
  const last = deeds.at(-1) as DeedId;
  const hiring = hire(world, deeds.slice(-JOB.nodes)).catch((error: unknown) => warn(world, "the job", error));
  stageOutage(world, last, hiring).catch((error: unknown) => warn(world, "the outage", error));
  const hired = await hiring;
  if (hired) serve(world, hired).catch((error: unknown) => warn(world, "the job", error));
}

async function serve(world: World, hired: Hired): Promise<void> {
  await assigned(world, hired);
  await visitAll(world, hired);
}

function warn({ signal, narrator }: World, what: string, error: unknown): undefined {
  if (!signal.aborted) narrator.warn(`${what} did not go as planned: ${describeError(error)}`);
  return undefined;
}
