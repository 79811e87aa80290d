import type { Address, Hash } from "../../protocol/bytes.js";
import type { LeafEntry } from "../../protocol/leaf.js";
import { decodeLeafFile } from "../../protocol/leafFile.js";
import { type ReportsValue, ZERO_HASH } from "../../protocol/oracleValue.js";
import type { EpochReport } from "../../protocol/typedData.js";
import type { EpochStore, StoredEpoch } from "../../storage/epochStore.js";
import type { LastCredits } from "./reliability.js";
import type { DecidedEpoch } from "./types.js";

/** The last leaf file that this oracle builds on. */
interface Base extends LastCredits {
  readonly root: Hash;
}

/** A place in the chain of commits: epoch and root, for an epoch that credits nobody has the root of the one before. */
type Place = string;

/** Places remembered: after a reorganisation the chain may end at one of them again. */
const TRAIL = 16;

/** How far this oracle is: the leaves it builds on and the epoch to decide next. The leaf files are kept by the archive. */
export class Progress {
  readonly #archive: EpochStore<DecidedEpoch>;
  readonly #firstEpoch: bigint;
  #base: Base | undefined;
  #next: bigint;
  #attempt: number;
  /** What the base builds on, and the base itself, oldest first: the chain ends at one of them, or went another way. */
  #trail: Place[] = [placeOf(undefined)];

  private constructor(archive: EpochStore<DecidedEpoch>, firstEpoch: bigint, attempt: number) {
    this.#archive = archive;
    this.#firstEpoch = firstEpoch;
    this.#next = firstEpoch;
    this.#attempt = attempt;
  }

  /** @param firstEpoch where to begin when nothing was committed @param attempt the chain's */
  static async open(archive: EpochStore<DecidedEpoch>, firstEpoch: bigint, attempt: number): Promise<Progress> {
    const progress = new Progress(archive, firstEpoch, attempt);
    const latest = await archive.latest();
    if (latest) progress.#build(latest, await progress.#entriesBefore(latest), []);
    return progress;
  }

  get next(): bigint {
    return this.#next;
  }

  /** The attempt in which everything after the last commit was decided. */
  get attempt(): number {
    return this.#attempt;
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

  /** Whether what is decided here still follows from what the chain has: its last commit and its attempt. */
  isOnTrack(commit: EpochReport | undefined, attempt: number): boolean {
    return attempt === this.#attempt && this.#trail.includes(placeOf(commit));
  }

  /** Keeps a decided epoch, and builds on it. */
  async keep(epoch: bigint, leafFile: Uint8Array, meta: DecidedEpoch): Promise<void> {
    await this.#archive.put(epoch, leafFile, meta);
    const before = this.#base?.root === meta.previousRoot ? this.#base.entries : [];
    this.#build({ epoch, leafFile, meta }, before, this.#trail);
  }

  /** The epoch credits nobody. */
  skip(epoch: bigint): void {
    if (epoch >= this.#next) this.#next = epoch + 1n;
  }

  /**
   * Goes on from the chain's last commit, whatever was decided here after it.
   * @param commit undefined when there is none
   * @param before the commit before that one
   */
  restart(attempt: number, commit?: StoredEpoch<DecidedEpoch>, before?: StoredEpoch<DecidedEpoch>): void {
    this.#attempt = attempt;
    this.#base = undefined;
    this.#next = this.#firstEpoch;
    this.#trail = [placeOf(undefined)];
    if (!commit) return;
    const entries = before ? decodeLeafFile(before.leafFile).entries : [];
    this.#build(commit, entries, [placeOf(before && { epoch: before.epoch, root: before.meta.root })]);
  }

  #build(
    { epoch, leafFile, meta }: StoredEpoch<DecidedEpoch>,
    previousEntries: readonly LeafEntry[],
    trail: readonly Place[],
  ): void {
    const { entries } = decodeLeafFile(leafFile);
    this.#base = { epoch, root: meta.root, entries, previousEntries };
    this.#trail = [...trail, placeOf({ epoch, root: meta.root })].slice(-TRAIL);
    this.skip(epoch);
  }

  /** None reads as "nothing was credited before", which makes nobody unreliable. */
  async #entriesBefore({ epoch, meta }: StoredEpoch<DecidedEpoch>): Promise<readonly LeafEntry[]> {
    const earlier = (await this.#archive.list()).filter((kept) => kept < epoch).at(-1);
    const kept = earlier === undefined ? undefined : await this.#archive.get(earlier);
    return kept?.meta.root === meta.previousRoot ? decodeLeafFile(kept.leafFile).entries : [];
  }
}

function placeOf(commit: Pick<EpochReport, "epoch" | "root"> | undefined): Place {
  return commit ? `${commit.epoch} ${commit.root}` : "none";
}

/** What is kept beside the leaf file that a report commits to. */
export function metaOf(report: EpochReport, reporters: readonly Address[]): DecidedEpoch {
  const { previousRoot, root, dataHash, leafCount } = report;
  return { previousRoot, root, dataHash, leafCount: leafCount.toString(), reporters };
}

/** What is signed and committed for a decided value. */
export function reportFrom(epoch: bigint, { previousRoot, root, dataHash, leafCount }: ReportsValue): EpochReport {
  return { epoch, previousRoot, root, dataHash, leafCount };
}
