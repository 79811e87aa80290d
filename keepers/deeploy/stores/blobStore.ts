import { join } from "node:path";
import type { Disk } from "../../core/disk.js";
import { KeeperError } from "../../core/errors.js";
import { temporarySuffix, writeFileAtomic } from "../../core/files.js";
import { SerialQueue } from "../../core/serial.js";
import type { Hash } from "../../protocol/bytes.js";

export interface BlobStoreOptions {
  /** Folder of its own. */
  readonly directory: string;
  /** Most files. */
  readonly capacity: number;
}

export interface BlobStoreDependencies {
  readonly disk: Disk;
  /** Whether a file must stay; others make room for new ones, oldest first. */
  readonly isNeeded: (key: Hash) => boolean;
}

const KEY = /^0x[0-9a-f]{64}$/u;

/** Bytes by hash, one file each. What a hash stands for never changes, so that writing twice is writing once. */
export class BlobStore {
  readonly #options: BlobStoreOptions;
  readonly #dependencies: BlobStoreDependencies;
  readonly #queue = new SerialQueue({ limit: 256 });
  /** In the order of their writing; those of before the start first. */
  readonly #keys: Set<Hash>;

  private constructor(options: BlobStoreOptions, dependencies: BlobStoreDependencies, keys: readonly Hash[]) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#keys = new Set(keys);
  }

  static async open(options: BlobStoreOptions, dependencies: BlobStoreDependencies): Promise<BlobStore> {
    const { disk } = dependencies;
    await disk.makeDirectory(options.directory);
    const names = await disk.list(options.directory);
    for (const name of names) if (name.endsWith(temporarySuffix)) await disk.remove(join(options.directory, name));
    return new BlobStore(
      options,
      dependencies,
      names.filter((name) => KEY.test(name)),
    );
  }

  get size(): number {
    return this.#keys.size;
  }

  has(key: Hash): boolean {
    return this.#keys.has(key);
  }

  async get(key: Hash): Promise<Uint8Array | undefined> {
    return this.#keys.has(key) ? this.#dependencies.disk.readFile(this.#pathOf(key)) : undefined;
  }

  /**
   * Resolves once the bytes survive a power cut.
   * @throws KeeperError `STORE_FULL` when everything stored is needed; what the disk throws
   */
  put(key: Hash, bytes: Uint8Array): Promise<void> {
    if (!KEY.test(key)) throw new KeeperError("KEY_INVALID", "want 0x and 64 lower-case hex digits");
    return this.#queue.run(async () => {
      if (this.#keys.has(key)) return;
      await this.#makeRoom();
      await writeFileAtomic(this.#dependencies.disk, this.#pathOf(key), bytes);
      this.#keys.add(key);
    });
  }

  /** Waits for what is being written. Idempotent. */
  close(): Promise<void> {
    return this.#queue.close();
  }

  async #makeRoom(): Promise<void> {
    if (this.#keys.size < this.#options.capacity) return;
    for (const key of this.#keys) {
      if (this.#dependencies.isNeeded(key)) continue;
      await this.#dependencies.disk.remove(this.#pathOf(key));
      this.#keys.delete(key);
      return;
    }
    const message = `all ${this.#keys.size} files in ${this.#options.directory} belong to jobs that run`;
    throw new KeeperError("STORE_FULL", message);
  }

  #pathOf(key: Hash): string {
    return join(this.#options.directory, key);
  }
}
