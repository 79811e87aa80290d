import { join } from "node:path";

import { z } from "zod";

import type { Lifecycle } from "../../core/lifecycle.js";
import type { EpochStore } from "../../storage/epochStore.js";
import { FileEpochStore } from "../../storage/fileEpochStore.js";
import { FileJournal } from "../../storage/fileJournal.js";
import type { SlotStore } from "../../storage/slotStore.js";
import type { DecidedEpoch } from "../epoch/types.js";
import { VotedFiles } from "../epoch/votedFiles.js";
import { VotingLog } from "../epoch/votingLog.js";
import type { OracleModules, OracleOptions } from "../options.js";
import type { ServiceSlots } from "../service/serviceSlots.js";
import { openDiskSlots, openRedisSlots, openServiceSlots, serviceSlotsInRedis, serviceSlotsOnDisk } from "./slots.js";

/** What an oracle keeps on disk, its slots in Redis if several processes hear for it. */
export interface OracleStorage {
  readonly slots: SlotStore;
  /** Like the slots: in the folder or in Redis. */
  readonly services: ServiceSlots;
  readonly log: VotingLog;
  readonly archive: EpochStore<DecidedEpoch>;
  readonly voted: VotedFiles;
}

/** Sub-folder of leaf files, reports and trees. */
export const EPOCHS = "epochs";

const MAXIMUM_RECORD_BYTES = 1_048_576;

const hash = z.string().regex(/^0x[0-9a-f]{64}$/u);
const decidedEpochSchema = z.strictObject({
  dataHash: hash,
  previousRoot: hash,
  root: hash,
  leafCount: z.string().regex(/^\d+$/u),
  reporters: z.array(z.string().regex(/^0x[0-9a-f]{40}$/u)),
});

/** Opens the oracle's folder: `slots/`, `services/`, `votes.log`, `voted/`, `epochs/`. */
export async function openStorage(
  options: OracleOptions,
  modules: OracleModules,
  lifecycle: Lifecycle,
): Promise<OracleStorage> {
  const { dataDir } = options;
  const { disk } = modules;
  const { slots, services } = await openSlots(options, modules, lifecycle);
  const path = join(dataDir, "votes.log");
  const log = await VotingLog.open(
    await FileJournal.open({ path, maximumRecordBytes: MAXIMUM_RECORD_BYTES }, { disk }),
  );
  lifecycle.onClose("voting log", () => log.close());
  const directory = join(dataDir, EPOCHS);
  const archive = await FileEpochStore.open<DecidedEpoch>({ directory, schema: decidedEpochSchema }, { disk });
  const voted = await VotedFiles.open({ directory: join(dataDir, "voted") }, { disk });
  return { slots, services, log, archive, voted };
}

async function openSlots(
  options: OracleOptions,
  modules: OracleModules,
  lifecycle: Lifecycle,
): Promise<Pick<OracleStorage, "slots" | "services">> {
  const { redisUrl } = options;
  if (redisUrl === undefined) {
    const slots = await openDiskSlots(options, modules, lifecycle);
    return { slots, services: openServiceSlots(options, serviceSlotsOnDisk(options, modules), modules, lifecycle) };
  }
  const shared = { ...options, redisUrl, owner: { ...options, oracle: modules.key.address } };
  const slots = await openRedisSlots(shared, modules, lifecycle);
  return { slots, services: openServiceSlots(options, serviceSlotsInRedis(shared, modules), modules, lifecycle) };
}
