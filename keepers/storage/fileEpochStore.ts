import { join } from "node:path";
import type { z } from "zod";
import type { Disk } from "../core/disk.js";
import { errorCode, KeeperError } from "../core/errors.js";
import { readJson, temporarySuffix, writeFileAtomic, writeJson } from "../core/files.js";
import { SerialQueue } from "../core/serial.js";
import { checkDataHash, type EpochMeta, type EpochStore, type StoredEpoch } from "./epochStore.js";

export interface FileEpochStoreOptions<M extends EpochMeta> {
  /** A folder of the store's own; made when absent. */
  readonly directory: string;
  /** What a report looks like after JSON. */
  readonly schema: z.ZodType<M>;
}

/** Failures that mean that the files are wrong, not that the disk could not be read this time. */
const damages = new Set(["FILE_INVALID", "DATA_HASH_MISMATCH"]);
const reportName = /^(?<epoch>\d{1,20})\.json$/u;
const leavesName = /^(?<epoch>\d{1,20})\.leaves$/u;

/**
 * An EpochStore of two files an epoch, `<epoch>.leaves` and `<epoch>.json`. The report is written last and removed first:
 * an epoch is there when its report is.
 */
export class FileEpochStore<M extends EpochMeta> implements EpochStore<M> {
  readonly #options: FileEpochStoreOptions<M>;
  readonly #disk: Disk;
  readonly #epochs: Set<bigint>;
  readonly #queue = new SerialQueue({ limit: Infinity });

  private constructor(options: FileEpochStoreOptions<M>, disk: Disk, epochs: Set<bigint>) {
    this.#options = options;
    this.#disk = disk;
    this.#epochs = epochs;
  }

  /** Lists what is kept and removes what a crash left unfinished. */
  static async open<M extends EpochMeta>(
    options: FileEpochStoreOptions<M>,
    dependencies: { readonly disk: Disk },
  ): Promise<FileEpochStore<M>> {
    const { disk } = dependencies;
    await disk.makeDirectory(options.directory);
    const names = await disk.list(options.directory);
    const epochs = new Set(names.map((name) => epochOf(reportName, name)).filter((epoch) => epoch !== undefined));
    for (const name of names) {
      const leaves = epochOf(leavesName, name);
      const orphan = leaves !== undefined && !epochs.has(leaves);
      if (orphan || name.endsWith(temporarySuffix)) await disk.remove(join(options.directory, name));
    }
    return new FileEpochStore(options, disk, epochs);
  }

  async put(epoch: bigint, leafFile: Uint8Array, meta: M): Promise<void> {
    const bytes = leafFile.slice();
    checkDataHash(epoch, bytes, meta);
    this.#checkMeta(epoch, meta);
    await this.#queue.run(async () => {
      if (this.#epochs.has(epoch)) await this.#forget(epoch);
      await writeFileAtomic(this.#disk, this.#leavesPath(epoch), bytes);
      await writeJson(this.#disk, this.#reportPath(epoch), meta);
      this.#epochs.add(epoch);
    });
  }

  get(epoch: bigint): Promise<StoredEpoch<M> | undefined> {
    return this.#queue.run(() => this.#read(epoch));
  }

  async latest(): Promise<StoredEpoch<M> | undefined> {
    const last = (await this.list()).at(-1);
    return last === undefined ? undefined : this.get(last);
  }

  list(): Promise<bigint[]> {
    return Promise.resolve([...this.#epochs].sort((a, b) => (a < b ? -1 : 1)));
  }

  async #read(epoch: bigint): Promise<StoredEpoch<M> | undefined> {
    if (!this.#epochs.has(epoch)) return undefined;
    try {
      const meta = await readJson(this.#disk, this.#reportPath(epoch), this.#options.schema);
      const leafFile = await this.#disk.readFile(this.#leavesPath(epoch));
      if (meta === undefined || leafFile === undefined) throw new KeeperError("FILE_INVALID", "a file is missing");
      checkDataHash(epoch, leafFile, meta);
      return { epoch, leafFile, meta };
    } catch (cause) {
      if (!damages.has(errorCode(cause) ?? "")) throw cause;
      const message = `what ${this.#options.directory} keeps of epoch ${epoch} was changed; fetch it from a peer again`;
      throw new KeeperError("STORAGE_CORRUPT", message, { cause });
    }
  }

  async #forget(epoch: bigint): Promise<void> {
    this.#epochs.delete(epoch);
    await this.#disk.remove(this.#reportPath(epoch));
    await this.#disk.syncDirectory(this.#options.directory);
  }

  /** What could not be read back must not be written. */
  #checkMeta(epoch: bigint, meta: M): void {
    const result = this.#options.schema.safeParse(JSON.parse(JSON.stringify(meta)));
    if (result.success) return;
    throw new KeeperError("META_INVALID", `the report of epoch ${epoch} does not survive JSON`, {
      cause: result.error,
    });
  }

  #reportPath(epoch: bigint): string {
    return join(this.#options.directory, `${epoch}.json`);
  }

  #leavesPath(epoch: bigint): string {
    return join(this.#options.directory, `${epoch}.leaves`);
  }
}

function epochOf(pattern: RegExp, name: string): bigint | undefined {
  const digits = pattern.exec(name)?.groups?.["epoch"];
  return digits === undefined ? undefined : BigInt(digits);
}
