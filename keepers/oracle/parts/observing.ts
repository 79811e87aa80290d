import { describeError } from "../../core/errors.js";
import { retry } from "../../core/retry.js";
import type { Observer } from "../epoch/types.js";
import type { OracleModules, OracleOptions } from "../options.js";
import { availabilityOf } from "../scoring.js";
import type { Hearing } from "./hearing.js";
import type { OracleStorage } from "./storage.js";

const attempts = 4;

/**
 * Measures an epoch that ended. Slots that others marked are read first; when that fails again and again there is no report:
 * one from half of what was heard would say that everybody was away. It takes no longer than half of the time for sealing.
 */
export function createObserver(
  { epochClock, sealingMs }: Pick<OracleOptions, "epochClock" | "sealingMs">,
  { clock, random, logger }: Pick<OracleModules, "clock" | "random" | "logger">,
  { slots }: Pick<OracleStorage, "slots">,
  { ingest }: Pick<Hearing, "ingest">,
): Observer {
  return {
    observe: async (epoch, links) => {
      ingest?.recheck();
      try {
        const backoff = { attempts, baseMs: sealingMs / 16, maximumMs: sealingMs / 4, jitter: 0 };
        await retry(() => slots.sync(epoch), backoff, { clock, random });
        return availabilityOf(epoch, links, { slots, epochClock });
      } catch (error) {
        const reason = { epoch: epoch.toString(), error: describeError(error) };
        logger.error("what was heard cannot be read: no report this epoch", reason);
        return undefined;
      }
    },
  };
}
