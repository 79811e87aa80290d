import type { Clock } from "./clock.js";
import { describeError, KeeperError } from "./errors.js";
import type { Logger } from "./logger.js";
import { onStopSignal, type SignalTarget } from "./signals.js";

export type Closer = () => unknown;

/** A part that did not close: it failed, or it took longer than its time. */
export interface CloseFailure {
  readonly name: string;
  readonly error: unknown;
}

interface Entry {
  readonly name: string;
  readonly closer: Closer;
  readonly timeoutMs: number;
}

/**
 * The parts of a process, closed in the reverse of the order in which they were registered, one after the other, each
 * within its time. `signal` aborts when closing begins, so that waits end early.
 */
export class Lifecycle {
  readonly #options: { readonly closeTimeoutMs: number };
  readonly #clock: Clock;
  readonly #logger: Logger | undefined;
  readonly #entries: Entry[] = [];
  readonly #abort = new AbortController();
  #closing: Promise<readonly CloseFailure[]> | undefined;
  #closed = false;

  /** @param options `closeTimeoutMs`: time for one part to close, unless the part states its own. */
  constructor(options: { readonly closeTimeoutMs: number }, dependencies: { clock: Clock; logger?: Logger }) {
    this.#options = options;
    this.#clock = dependencies.clock;
    this.#logger = dependencies.logger;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Registers a part. While closing, the part is closed next; once closed, throws `LIFECYCLE_CLOSED`. */
  onClose(name: string, closer: Closer, timeoutMs: number = this.#options.closeTimeoutMs): void {
    if (this.#closed) throw new KeeperError("LIFECYCLE_CLOSED", `${name} was opened after everything was closed`);
    this.#entries.push({ name, closer, timeoutMs });
  }

  /** Closes everything once, however often it is called; never rejects, gives what failed. */
  close(): Promise<readonly CloseFailure[]> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<readonly CloseFailure[]> {
    this.#abort.abort(new KeeperError("CLOSING", "the process is closing"));
    const failures: CloseFailure[] = [];
    for (let entry = this.#entries.pop(); entry !== undefined; entry = this.#entries.pop()) {
      const error = await this.#closeOne(entry);
      if (error === undefined) continue;
      failures.push({ name: entry.name, error });
      this.#logger?.error(`closing ${entry.name} failed`, { error: describeError(error) });
    }
    this.#closed = true;
    return failures;
  }

  async #closeOne({ name, closer, timeoutMs }: Entry): Promise<unknown> {
    const outcome = Promise.withResolvers<unknown>();
    const cancel = this.#clock.schedule(timeoutMs, () =>
      outcome.resolve(new KeeperError("CLOSE_TIMEOUT", `${name} did not close within ${timeoutMs} ms`)),
    );
    Promise.resolve()
      .then(closer)
      .then(() => outcome.resolve(undefined))
      .catch((error: unknown) => outcome.resolve(error ?? new Error(`closing ${name} failed`)));
    const error = await outcome.promise;
    cancel();
    return error;
  }
}

/**
 * Closes the process on SIGINT or SIGTERM: status 0 when everything closed, 1 when something did not, and at once with 130
 * on the second signal. Gives a function that takes the handlers away.
 */
export function installSignalHandlers(
  lifecycle: Pick<Lifecycle, "close">,
  dependencies: { readonly clock: Pick<Clock, "now">; readonly target: SignalTarget; readonly logger?: Logger },
): () => void {
  const { target, logger } = dependencies;
  return onStopSignal(() => {
    logger?.info("closing on a signal; a second one ends at once");
    void lifecycle.close().then((failures) => target.exit(failures.length === 0 ? 0 : 1));
  }, dependencies);
}
