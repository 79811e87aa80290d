import { join } from "node:path";
import type { Disk } from "../../core/disk.js";
import { temporarySuffix, writeFileAtomic } from "../../core/files.js";
import type { Hash } from "../../protocol/bytes.js";
import { dataHash } from "../../protocol/leafFile.js";

interface Named {
  readonly epoch: bigint;
  readonly hash: Hash;
}

const FILE = /^(?<epoch>\d{1,20})-(?<hash>0x[0-9a-f]{64})\.leaves$/u;

/**
 * The leaf files of the values that this oracle may vote for, on disk before it does and until the epoch is final. A quorum of
 * votes then means that the file can be had, also when nobody could make it any more: a reorganisation at the epoch's end may
 * change the links that it follows from after the value was locked.
 */
export class VotedFiles {
  readonly #directory: string;
  readonly #disk: Disk;
  readonly #names: Set<string>;

  private constructor(directory: string, disk: Disk, names: Set<string>) {
    this.#directory = directory;
    this.#disk = disk;
    this.#names = names;
  }

  /** @param options.directory a folder of its own; made when absent */
  static async open(
    options: { readonly directory: string },
    dependencies: { readonly disk: Disk },
  ): Promise<VotedFiles> {
    const { directory } = options;
    const { disk } = dependencies;
    await disk.makeDirectory(directory);
    const names = await disk.list(directory);
    for (const name of names) if (name.endsWith(temporarySuffix)) await disk.remove(join(directory, name));
    return new VotedFiles(directory, disk, new Set(names.filter((name) => FILE.test(name))));
  }

  /** Resolves once it is durable; at once when it is already. */
  async keep({ epoch, hash }: Named, file: Uint8Array): Promise<void> {
    const name = `${epoch}-${hash}.leaves`;
    if (this.#names.has(name)) return;
    await writeFileAtomic(this.#disk, join(this.#directory, name), file);
    this.#names.add(name);
  }

  /** Undefined when it is not kept, or damaged: others have it too. */
  async find({ epoch, hash }: Named): Promise<Uint8Array | undefined> {
    const name = `${epoch}-${hash}.leaves`;
    if (!this.#names.has(name)) return undefined;
    const file = await this.#disk.readFile(join(this.#directory, name));
    return file && dataHash(file) === hash ? file : undefined;
  }

  /** Drops those of epochs up to `epoch`, whose commit is final. */
  async forgetThrough(epoch: bigint): Promise<void> {
    for (const name of [...this.#names]) {
      if (BigInt(FILE.exec(name)?.groups?.["epoch"] ?? 0) > epoch) continue;
      this.#names.delete(name);
      await this.#disk.remove(join(this.#directory, name));
    }
  }
}
