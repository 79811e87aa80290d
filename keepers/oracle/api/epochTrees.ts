import { join } from "node:path";
import type { Commit } from "../../chain/protocolState.js";
import type { Clock } from "../../core/clock.js";
import type { Disk } from "../../core/disk.js";
import { errorCode } from "../../core/errors.js";
import { SerialQueue } from "../../core/serial.js";
import type { Hash } from "../../protocol/bytes.js";
import { leafHashAt } from "../../protocol/leafFile.js";
import { MerkleTree } from "../../protocol/merkleTree.js";
import { TreeFile, type TreeReader } from "../../storage/treeFile.js";
import type { LeafArchive } from "./views.js";

export interface EpochTreesOptions {
  /** Folder of the tree files; there already. */
  readonly directory: string;
  /** Heads of tree files kept in memory (about 30 kB each when full), least recently used forgotten first. */
  readonly cachedEpochs: number;
  /** Requests that may wait for a tree to be made; more reject with `QUEUE_FULL`. */
  readonly waitingReads: number;
}

export interface EpochTreesDependencies {
  readonly archive: LeafArchive;
  readonly disk: Disk;
  readonly clock: Pick<Clock, "sleep">;
}

/** Leaves hashed before others get their turn: voting must not wait for somebody's proof of an old epoch. */
const leavesAtOnce = 2_048;
const HASH_BYTES = 32;

/**
 * The trees of committed epochs, one file each, made from the leaf file when first asked for. Memory does not grow with
 * the number of epochs, and a file that is missing or damaged is made again.
 */
export class EpochTrees {
  readonly #options: EpochTreesOptions;
  readonly #dependencies: EpochTreesDependencies;
  /** By dataHash: after a reorganisation of the chain the same epoch may be another one. */
  readonly #open = new Map<Hash, Promise<TreeFile | undefined>>();
  readonly #queue: SerialQueue;

  constructor(options: EpochTreesOptions, dependencies: EpochTreesDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#queue = new SerialQueue({ limit: options.waitingReads });
  }

  /** Reads in the tree of a commit; undefined when the leaf file is not here. */
  async read<T>(commit: Commit, work: (reader: TreeReader) => Promise<T>): Promise<T | undefined> {
    const known = this.#open.get(commit.dataHash);
    const opening = this.#remember(commit, known ?? this.#queue.run(() => this.#find(commit)));
    try {
      return await (await opening)?.read(work);
    } catch (error) {
      if (errorCode(error) !== "STORAGE_CORRUPT") throw error;
      const again = this.#renew(commit, opening);
      return (await again)?.read(work);
    }
  }

  /** Of all who find the same file damaged, the first has it made again. */
  #renew(commit: Commit, damaged: Promise<TreeFile | undefined>): Promise<TreeFile | undefined> {
    const now = this.#open.get(commit.dataHash);
    if (now !== undefined && now !== damaged) return now;
    return this.#remember(
      commit,
      this.#queue.run(() => this.#make(commit)),
    );
  }

  #remember({ dataHash }: Commit, opening: Promise<TreeFile | undefined>): Promise<TreeFile | undefined> {
    this.#open.delete(dataHash);
    this.#open.set(dataHash, opening);
    const forget = (): void => {
      if (this.#open.get(dataHash) === opening) this.#open.delete(dataHash);
    };
    opening.then((open) => open ?? forget(), forget);
    const [oldest] = this.#open.keys();
    if (this.#open.size > this.#options.cachedEpochs && oldest !== undefined) this.#open.delete(oldest);
    return opening;
  }

  async #find(commit: Commit): Promise<TreeFile | undefined> {
    const kept = await TreeFile.open(this.#dependencies.disk, this.#pathOf(commit), identityOf(commit));
    return kept ?? this.#make(commit);
  }

  async #make(commit: Commit): Promise<TreeFile | undefined> {
    const { archive, disk } = this.#dependencies;
    const path = this.#pathOf(commit);
    const kept = await archive.get(commit.epoch);
    if (kept?.meta.dataHash !== commit.dataHash) {
      await disk.remove(path);
      return undefined;
    }
    const tree = await this.#treeOf(kept.leafFile, Number(commit.leafCount));
    return TreeFile.write(disk, path, identityOf(commit), { leafFile: kept.leafFile, tree });
  }

  async #treeOf(leafFile: Uint8Array, leafCount: number): Promise<MerkleTree> {
    const hashes = new Uint8Array(leafCount * HASH_BYTES);
    for (let index = 0; index < leafCount; index++) {
      hashes.set(leafHashAt(leafFile, index), index * HASH_BYTES);
      if (index % leavesAtOnce === leavesAtOnce - 1) await this.#dependencies.clock.sleep(0);
    }
    return MerkleTree.ofBytes(hashes);
  }

  #pathOf({ epoch }: Commit): string {
    return join(this.#options.directory, `${epoch}.tree`);
  }
}

function identityOf({ dataHash, root, leafCount }: Commit) {
  return { dataHash, root, leafCount: Number(leafCount) };
}
