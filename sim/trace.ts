import { createHash } from "node:crypto";

import type { Clock } from "../keepers/core/clock.js";
import type { LogFields, Logger } from "../keepers/core/logger.js";
import { GENESIS } from "./plan.js";

/** Everything that happens in a run, as lines: hashed, so that two runs can be compared, and shown when asked for. */
export class Trace {
  readonly #clock: Clock;
  readonly #show: ((line: string) => void) | undefined;
  readonly #hash = createHash("sha256");
  #count = 0;

  constructor(
    options: { readonly show?: ((line: string) => void) | undefined },
    dependencies: { readonly clock: Clock },
  ) {
    this.#show = options.show;
    this.#clock = dependencies.clock;
  }

  get isShown(): boolean {
    return this.#show !== undefined;
  }

  get count(): number {
    return this.#count;
  }

  add(who: string, what: string): void {
    const line = `${((this.#clock.now() - GENESIS * 1000) / 1000).toFixed(3).padStart(9)} ${who} ${what}`;
    this.#count += 1;
    this.#hash.update(line);
    this.#show?.(line);
  }

  /** Only shown, not part of the hash. */
  remark(who: string, what: () => string): void {
    this.#show?.(`${" ".repeat(9)} ${who} ${what()}`);
  }

  digest(): string {
    return this.#hash.copy().digest("hex").slice(0, 16);
  }
}

/** An oracle's log, as remarks. */
export function loggerOf(trace: Trace, who: string): Logger {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      trace.remark(who, () => `${level}: ${message} ${JSON.stringify(fields)}`);
    };
  const quiet = () => undefined;
  const logger: Logger = {
    trace: quiet,
    debug: quiet,
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    fatal: at("fatal"),
    child: () => logger,
  };
  return logger;
}
