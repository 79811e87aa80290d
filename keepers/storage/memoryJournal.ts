import { KeeperError } from "../core/errors.js";
import type { JournalOptions } from "./fileJournal.js";
import type { Journal } from "./journal.js";

/** A Journal that forgets everything with the process; like a disk it answers later, never at once. To simulate crashes, use a FileJournal on a MemoryDisk. */
export class MemoryJournal implements Journal {
  readonly #options: JournalOptions;
  #records: Uint8Array[] = [];
  #closed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  async append(record: Uint8Array): Promise<void> {
    const copy = record.slice();
    await Promise.resolve();
    if (this.#closed) throw new KeeperError("JOURNAL_CLOSED", "the journal is closed");
    if (record.length > this.#options.maximumRecordBytes) {
      const message = `a record of ${record.length} bytes, at most ${this.#options.maximumRecordBytes} are allowed`;
      throw new KeeperError("RECORD_TOO_LARGE", message);
    }
    this.#records.push(copy);
  }

  async *replay(): AsyncIterable<Uint8Array> {
    await Promise.resolve();
    for (const record of [...this.#records]) yield record.slice();
  }

  async truncate(keep: (record: Uint8Array) => boolean = () => false): Promise<void> {
    await Promise.resolve();
    this.#records = this.#records.filter(keep);
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}
