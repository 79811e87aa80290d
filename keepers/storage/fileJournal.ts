import { dirname } from "node:path";
import type { Disk, DiskFile } from "../core/disk.js";
import { KeeperError } from "../core/errors.js";
import { writeFileAtomic } from "../core/files.js";
import { SerialQueue } from "../core/serial.js";
import type { Journal } from "./journal.js";
import { decodeJournal, encodeRecord, journalHeader } from "./journalCodec.js";

export interface JournalOptions {
  readonly maximumRecordBytes: number;
}

export interface FileJournalOptions extends JournalOptions {
  /** The file; its folder is made when absent. One process, one journal. */
  readonly path: string;
}

interface Pending {
  readonly record: Uint8Array;
  readonly resolve: (value: undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** A Journal in one file. Records that arrive while the disk is busy share its next sync. */
export class FileJournal implements Journal {
  readonly #options: FileJournalOptions;
  readonly #disk: Disk;
  readonly #queue = new SerialQueue({ limit: Infinity });
  #file: DiskFile;
  #length: number;
  #pending: Pending[] = [];
  #broken: KeeperError | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: FileJournalOptions, disk: Disk, file: DiskFile, length: number) {
    this.#options = options;
    this.#disk = disk;
    this.#file = file;
    this.#length = length;
  }

  /** Opens or creates; drops an unfinished end. Rejects with `JOURNAL_CORRUPT` when confirmed records are damaged. */
  static async open(options: FileJournalOptions, dependencies: { readonly disk: Disk }): Promise<FileJournal> {
    const { disk } = dependencies;
    await disk.makeDirectory(dirname(options.path));
    if ((await disk.readFile(options.path)) === undefined) await writeFileAtomic(disk, options.path, journalHeader);
    const { file, length } = await openFile(disk, options.path);
    return new FileJournal(options, disk, file, length);
  }

  append(record: Uint8Array): Promise<void> {
    const refusal = this.#refusal(record.length);
    if (refusal !== undefined) return Promise.reject(refusal);
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#pending.push({ record: record.slice(), resolve, reject });
    if (this.#pending.length === 1) void this.#queue.run(() => this.#writePending());
    return promise;
  }

  async *replay(): AsyncIterable<Uint8Array> {
    yield* await this.#queue.run(() => this.#records());
  }

  async truncate(keep: (record: Uint8Array) => boolean = () => false): Promise<void> {
    await this.#queue.run(async () => {
      if (this.#broken !== undefined) throw this.#broken;
      const kept = (await this.#records()).filter(keep);
      try {
        await writeFileAtomic(this.#disk, this.#options.path, encodeAll(kept));
      } finally {
        await this.#reopen();
      }
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#queue.close().then(() => this.#file.close());
    return this.#closing;
  }

  #refusal(bytes: number): KeeperError | undefined {
    if (this.#closing !== undefined) return new KeeperError("JOURNAL_CLOSED", `${this.#options.path} is closed`);
    if (bytes <= this.#options.maximumRecordBytes) return this.#broken;
    const message = `a record of ${bytes} bytes, at most ${this.#options.maximumRecordBytes} are allowed`;
    return new KeeperError("RECORD_TOO_LARGE", message);
  }

  async #records(): Promise<Uint8Array[]> {
    return decodeJournal(await this.#file.read(0, this.#length), this.#options.path).records;
  }

  async #writePending(): Promise<void> {
    const batch = this.#pending;
    this.#pending = [];
    try {
      if (this.#broken !== undefined) throw this.#broken;
      await this.#write(Buffer.concat(batch.map(({ record }) => encodeRecord(record, this.#length))));
      for (const { resolve } of batch) resolve(undefined);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#file.write(this.#length, bytes);
    } catch (error) {
      await this.#cutBack();
      throw error;
    }
    // A failed sync may have dropped any of the bytes and says so only once: nothing can be known about them any more.
    await this.#file.sync().catch((cause: unknown) => this.#break(cause));
    this.#length += bytes.length;
  }

  async #cutBack(): Promise<void> {
    try {
      await this.#file.truncate(this.#length);
      await this.#file.sync();
    } catch (cause) {
      this.#break(cause);
    }
  }

  /** After a rewrite, whether it worked or not, the file under the name is the journal. */
  async #reopen(): Promise<void> {
    try {
      await this.#file.close();
      const { file, length } = await openFile(this.#disk, this.#options.path);
      this.#file = file;
      this.#length = length;
    } catch (cause) {
      this.#break(cause);
    }
  }

  #break(cause: unknown): never {
    const message = `${this.#options.path} cannot be written safely any more; restart to read what it holds`;
    this.#broken = new KeeperError("JOURNAL_BROKEN", message, { cause });
    throw this.#broken;
  }
}

async function openFile(disk: Disk, path: string): Promise<{ readonly file: DiskFile; readonly length: number }> {
  const file = await disk.open(path);
  try {
    const size = await file.size();
    const { end } = decodeJournal(await file.read(0, size), path);
    if (end < size) {
      await file.truncate(end);
      await file.sync();
    }
    return { file, length: end };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function encodeAll(records: readonly Uint8Array[]): Uint8Array {
  let length = journalHeader.length;
  const parts: Uint8Array[] = [journalHeader];
  for (const record of records) {
    const encoded = encodeRecord(record, length);
    parts.push(encoded);
    length += encoded.length;
  }
  return Buffer.concat(parts);
}
