import type { Clock } from "../../keepers/core/clock.js";
import { createLogger, type Logger } from "../../keepers/core/logger.js";
import type { Narrator } from "./narrator.js";
import type { NetworkOptions } from "./options.js";

const LONGEST = 300;

/** The logger of all keepers: everything to standard output with `--logs`, else only errors, as lines of the story. */
export function keeperLogger(
  { logs }: Pick<NetworkOptions, "logs">,
  { clock, narrator }: { readonly clock: Clock; readonly narrator: Narrator },
): Logger {
  if (logs) return createLogger({ name: "network", level: "info", format: "pretty" }, { clock });
  const destination = { write: (line: string) => narrator.warn(sentenceOf(JSON.parse(line) as Entry)) };
  return createLogger({ name: "network", level: "error" }, { clock, destination });
}

interface Entry {
  readonly msg: string;
  readonly keeper?: string;
  readonly error?: string;
}

function sentenceOf({ msg, keeper, error }: Entry): string {
  const parts = [keeper, msg, error].filter((part) => part !== undefined);
  return parts.join(": ").slice(0, LONGEST);
}
