import { describeError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import { decodeEntry, encodeEntry, type LogEntry, type TaskLog } from "./taskLog.js";

/** Superfluous entries that a log may have, besides one for each task. */
const MAX_SUPERFLUOUS = 1_000;

/** What the embedded queue writes to its log, and when the log is made shorter. Without a log nothing is written. */
export class TaskNotes {
  readonly #name: string;
  readonly #log: TaskLog | undefined;
  readonly #logger: Logger | undefined;
  /** Numbers of the tasks whose entries are kept. */
  readonly #kept = new Set<number>();
  #entries = 0;
  #truncating = false;

  constructor(
    name: string,
    { log, logger }: { readonly log?: TaskLog | undefined; readonly logger?: Logger | undefined },
  ) {
    this.#name = name;
    this.#log = log;
    this.#logger = logger;
  }

  /** A task that the log holds already. */
  keep(number: number): void {
    this.#kept.add(number);
    this.#entries += 1;
  }

  /** Resolves once a new task is on disk; rejects when it cannot be. */
  async must(entry: LogEntry): Promise<void> {
    this.#kept.add(entry.number);
    try {
      await this.#append(entry);
    } catch (error) {
      this.#kept.delete(entry.number);
      throw error;
    }
  }

  /** As far as it goes: at worst a task is tried once more after a crash. Never rejects. */
  async note(entry: LogEntry): Promise<void> {
    try {
      await this.#append(entry);
    } catch (error) {
      this.#logger?.error("what became of a task could not be noted", { queue: this.#name, error });
    }
  }

  /** The task is over; its entries may go. */
  async end(number: number): Promise<void> {
    this.#kept.delete(number);
    await this.note({ type: "ended", number });
  }

  async close(): Promise<void> {
    await this.#log?.close().catch((error: unknown) => {
      this.#logger?.error("the log of a queue did not close", { queue: this.#name, error: describeError(error) });
    });
  }

  async #append(entry: LogEntry): Promise<void> {
    if (this.#log === undefined) return;
    this.#entries += 1;
    const appended = this.#log.append(encodeEntry(entry));
    if (this.#entries > 2 * this.#kept.size + MAX_SUPERFLUOUS) void this.#truncate(this.#log);
    await appended;
  }

  async #truncate(log: TaskLog): Promise<void> {
    if (this.#truncating) return;
    this.#truncating = true;
    let entries = 0;
    try {
      await log.truncate((bytes) => {
        const isKept = this.#kept.has(decodeEntry(bytes).number);
        entries += Number(isKept);
        return isKept;
      });
      this.#entries = entries;
    } catch (error) {
      this.#logger?.warn("the log of a queue could not be made shorter", { queue: this.#name, error });
    } finally {
      this.#truncating = false;
    }
  }
}
