import type { Logger } from "../../core/logger.js";
import type { OracleHeader } from "../../protocol/oracleMessages.js";

/** A logger whose every line tells its epoch, as decimal digits in a string, and its attempt. Lines about a round add `round`. */
export function epochLogger(logger: Logger, { epoch, attempt }: Pick<OracleHeader, "epoch" | "attempt">): Logger {
  return logger.child({ epoch: epoch.toString(), attempt });
}
