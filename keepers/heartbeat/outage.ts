import { describeError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";

/** Says once that something began to fail and once that it works again, however often it is tried in between. */
export class Outage {
  readonly #what: string;
  readonly #logger: Logger;
  #failures = 0;

  /** @param options `what`: the subject of "… fails" and "… works again". */
  constructor(options: { readonly what: string }, dependencies: { readonly logger: Logger }) {
    this.#what = options.what;
    this.#logger = dependencies.logger;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  failed(error: unknown): void {
    this.#failures += 1;
    const fields = { error: describeError(error), failures: this.#failures };
    if (this.#failures === 1) this.#logger.warn(`${this.#what} fails`, fields);
    else this.#logger.debug(`${this.#what} still fails`, fields);
  }

  succeeded(): void {
    if (this.#failures > 0) this.#logger.info(`${this.#what} works again`, { failures: this.#failures });
    this.#failures = 0;
  }
}
