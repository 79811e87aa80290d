import { join } from "node:path";

import { z } from "zod";

import { describeError } from "../../core/errors.js";
import type { Lifecycle } from "../../core/lifecycle.js";
import type { EpochStore } from "../../storage/epochStore.js";
import { FileEpochStore } from "../../storage/fileEpochStore.js";
import { FileJournal } from "../../storage/fileJournal.js";
import { FileSlotStore } from "../../storage/fileSlotStore.js";
import type { SlotStore } from "../../storage/slotStore.js";
import type { DecidedEpoch } from "../epoch/types.js";
import { VotingLog } from "../epoch/votingLog.js";
import type { OracleModules, OracleOptions } from "../options.js";

/** What an oracle keeps on disk. */
export interface OracleStorage {
  readonly slots: SlotStore;
  readonly log: VotingLog;
  readonly archive: EpochStore<DecidedEpoch>;
}

const FLUSH_MS = 1_000;
const MAXIMUM_RECORD_BYTES = 1_048_576;

const hash = z.string().regex(/^0x[0-9a-f]{64}$/u);
const decidedEpochSchema = z.strictObject({
  dataHash: hash,
  previousRoot: hash,
  root: hash,
  leafCount: z.string().regex(/^\d+$/u),
  reporters: z.array(z.string().regex(/^0x[0-9a-f]{40}$/u)),
});

/** Opens the oracle's folder: `slots/`, `votes.log`, `epochs/`. */
export async function openStorage(
  options: OracleOptions,
  modules: OracleModules,
  lifecycle: Lifecycle,
): Promise<OracleStorage> {
  const { dataDir, epochClock, maximumNodes } = options;
  const { disk, clock, logger } = modules;
  const slots = await FileSlotStore.open(
    { directory: join(dataDir, "slots"), slotsPerEpoch: epochClock.slotsPerEpoch, maximumNodes, flushMs: FLUSH_MS },
    {
      clock,
      disk,
      onError: (error) => logger.error("heartbeat slots are not on disk", { error: describeError(error) }),
    },
  );
  lifecycle.onClose("slots", () => slots.close());
  const path = join(dataDir, "votes.log");
  const log = await VotingLog.open(
    await FileJournal.open({ path, maximumRecordBytes: MAXIMUM_RECORD_BYTES }, { disk }),
  );
  lifecycle.onClose("voting log", () => log.close());
  const directory = join(dataDir, "epochs");
  const archive = await FileEpochStore.open<DecidedEpoch>({ directory, schema: decidedEpochSchema }, { disk });
  return { slots, log, archive };
}
