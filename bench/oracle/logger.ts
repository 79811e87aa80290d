import type { Clock } from "../../keepers/core/clock.js";
import { createLogger, type Logger } from "../../keepers/core/logger.js";

/** Says on standard error what went wrong; standard output is for figures. */
export function benchLogger(clock: Pick<Clock, "now">, level: "warn" | "error" = "error"): Logger {
  const destination = { write: (line: string) => void process.stderr.write(line) };
  return createLogger({ level, name: "bench" }, { clock: clock as Clock, destination });
}
