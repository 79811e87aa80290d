import type { Hash } from "../../protocol/bytes.js";
import type { LeafEntry } from "../../protocol/leaf.js";
import { decodeLeafFile } from "../../protocol/leafFile.js";
import { ZERO_HASH } from "../../protocol/oracleValue.js";
import type { EpochReport } from "../../protocol/typedData.js";
import type { EpochStore, StoredEpoch } from "../../storage/epochStore.js";
import type { LastCredits } from "./reliability.js";
import type { DecidedEpoch } from "./types.js";

/** The last leaf file that this oracle builds on. */
interface Base extends LastCredits {
  readonly root: Hash;
}

/** How far this oracle is: the leaves it builds on and the epoch to decide next. Kept on disk by the archive. */
export class Progress {
  readonly #archive: EpochStore<DecidedEpoch>;
  #base: Base | undefined;
  #next: bigint;

  private constructor(archive: EpochStore<DecidedEpoch>, firstEpoch: bigint) {
    this.#archive = archive;
    this.#next = firstEpoch;
  }

  /** @param firstEpoch where to begin when nothing is kept */
  static async open(archive: EpochStore<DecidedEpoch>, firstEpoch: bigint): Promise<Progress> {
    const progress = new Progress(archive, firstEpoch);
    const latest = await archive.latest();
    if (latest) await progress.#build(latest);
    return progress;
  }

  get next(): bigint {
    return this.#next;
  }

  get root(): Hash {
    return this.#base?.root ?? ZERO_HASH;
  }

  get entries(): readonly LeafEntry[] {
    return this.#base?.entries ?? [];
  }

  get lastCredits(): LastCredits | undefined {
    return this.#base;
  }

  /** Whether the chain is further than this oracle, or went another way. */
  isBehind(commit: EpochReport | undefined): commit is EpochReport {
    if (!commit) return false;
    const epoch = this.#base?.epoch ?? -1n;
    return commit.epoch > epoch || (commit.epoch === epoch && commit.root !== this.root);
  }

  /** The report of the last kept epoch: to be submitted again when the chain does not have it yet. */
  async lastReport(): Promise<EpochReport | undefined> {
    const latest = await this.#archive.latest();
    return latest && reportOf(latest);
  }

  /** Keeps a decided or adopted epoch, and builds on it. */
  async keep(epoch: bigint, leafFile: Uint8Array, meta: DecidedEpoch): Promise<void> {
    await this.#archive.put(epoch, leafFile, meta);
    await this.#build({ epoch, leafFile, meta });
  }

  /** The epoch credits nobody. */
  skip(epoch: bigint): void {
    if (epoch >= this.#next) this.#next = epoch + 1n;
  }

  async #build({ epoch, leafFile, meta }: StoredEpoch<DecidedEpoch>): Promise<void> {
    const { entries } = decodeLeafFile(leafFile);
    this.#base = { epoch, root: meta.root, entries, previousEntries: await this.#entriesBefore(epoch, meta) };
    this.skip(epoch);
  }

  /** Undefined reads as "nothing was credited before", which makes nobody unreliable. */
  async #entriesBefore(epoch: bigint, meta: DecidedEpoch): Promise<readonly LeafEntry[]> {
    if (this.#base && this.#base.root === meta.previousRoot) return this.#base.entries;
    const earlier = (await this.#archive.list()).filter((kept) => kept < epoch).at(-1);
    const kept = earlier === undefined ? undefined : await this.#archive.get(earlier);
    return kept?.meta.root === meta.previousRoot ? decodeLeafFile(kept.leafFile).entries : [];
  }
}

export function reportOf({ epoch, meta }: StoredEpoch<DecidedEpoch>): EpochReport {
  const { previousRoot, root, dataHash, leafCount } = meta;
  return { epoch, previousRoot, root, dataHash, leafCount: BigInt(leafCount) };
}
