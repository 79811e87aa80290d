import { describeError } from "../../core/errors.js";
import { retry } from "../../core/retry.js";
import { concatBytes } from "../../protocol/bytes.js";
import type { Subjects } from "../../protocol/subjects.js";
import type { Observer } from "../epoch/types.js";
import type { OracleModules, OracleOptions } from "../options.js";
import { availabilityOf, serviceOf } from "../scoring.js";
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
  { slots, services }: Pick<OracleStorage, "slots" | "services">,
  { ingest }: Pick<Hearing, "ingest">,
): Observer {
  const sync = async (epoch: bigint, seats: Subjects["seats"]): Promise<void> => {
    await slots.sync(epoch);
    if (seats.length > 0) await services.sync(epoch);
  };
  return {
    observe: async (epoch, { links, seats }) => {
      ingest?.recheck();
      try {
        const backoff = { attempts, baseMs: sealingMs / 16, maximumMs: sealingMs / 4, jitter: 0 };
        await retry(() => sync(epoch, seats), backoff, { clock, random });
        const ofLinks = availabilityOf(epoch, links, { slots, epochClock });
        return concatBytes(ofLinks, serviceOf(epoch, seats, { services, epochClock }));
      } catch (error) {
        const reason = { epoch: epoch.toString(), error: describeError(error) };
        logger.error("what was heard cannot be read: no report this epoch", reason);
        return undefined;
      }
    },
  };
}
