import { ByteReader, ByteWriter } from "../../protocol/bytes.js";
import type { Journal } from "../../storage/journal.js";

/** What this oracle said and locked on, by epoch: read back after a crash, so that it never contradicts itself. */
export class VotingLog {
  readonly #journal: Journal;
  readonly #recovered = new Map<bigint, Uint8Array[]>();

  private constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Reads what was written before. @throws EncodingError for a record that is too short to be one */
  static async open(journal: Journal): Promise<VotingLog> {
    const log = new VotingLog(journal);
    for await (const bytes of journal.replay()) {
      const reader = new ByteReader(bytes);
      const epoch = reader.u64();
      log.#remember(epoch, reader.raw(reader.remaining));
    }
    return log;
  }

  /** Resolves once the record is on disk. */
  async append(epoch: bigint, record: Uint8Array): Promise<void> {
    await this.#journal.append(new ByteWriter().u64(epoch).raw(record).toBytes());
    this.#remember(epoch, record);
  }

  /** The epoch's records, oldest first. */
  recordsOf(epoch: bigint): readonly Uint8Array[] {
    return this.#recovered.get(epoch) ?? [];
  }

  /** Drops what is about epochs up to `epoch`: they are on the chain, nothing can be said about them any more. */
  async forgetThrough(epoch: bigint): Promise<void> {
    for (const known of [...this.#recovered.keys()]) if (known <= epoch) this.#recovered.delete(known);
    await this.#journal.truncate((bytes) => new ByteReader(bytes).u64() > epoch);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  #remember(epoch: bigint, record: Uint8Array): void {
    const records = this.#recovered.get(epoch);
    if (records) records.push(record);
    else this.#recovered.set(epoch, [record]);
  }
}
