import type { Commit } from "../../chain/protocolState.js";
import type { Clock } from "../../core/clock.js";
import { SerialQueue } from "../../core/serial.js";
import type { Hash } from "../../protocol/bytes.js";
import type { DeedId } from "../../protocol/deedId.js";
import { leafHash, LeafKind } from "../../protocol/leaf.js";
import { decodeLeafFile, type LeafFile } from "../../protocol/leafFile.js";
import { MerkleTree } from "../../protocol/merkleTree.js";
import { ApiError } from "../apiError.js";
import { deedLabel } from "./deeds.js";
import { cumulativeIn } from "./leafLookup.js";
import type { CommitLog, LeafArchive } from "./views.js";

/** Which epoch is meant: its number, or the last committed one whose leaf file is here. */
export type EpochSelector = bigint | "latest";

export interface EpochReaderOptions {
  /** Epochs whose leaves and tree are kept ready, least recently used forgotten first (about 10 MB each when full). */
  readonly cachedEpochs: number;
  /** Requests that may wait for an epoch to be read; more are turned away with 503 `BUSY`. */
  readonly waitingReads: number;
}

export interface EpochReaderDependencies {
  readonly commits: CommitLog;
  readonly archive: LeafArchive;
  readonly clock: Clock;
}

/** A committed epoch, its leaves and its tree, found to be what the chain committed to. */
export interface OpenEpoch {
  readonly commit: Commit;
  readonly file: LeafFile;
  readonly tree: MerkleTree;
}

export interface LeafFileAnswer {
  readonly commit: Commit;
  readonly bytes: Uint8Array;
}

/** What a deed got in a committed epoch, and had by then. */
export interface HistoryEntry {
  readonly epoch: bigint;
  readonly bytes: number;
  readonly cumulative: bigint;
}

/** A lagging oracle looks for a leaf file that far back. */
const latestDepth = 16;
/** Leaves hashed before others get their turn: voting must not wait for somebody's proof of an old epoch. */
const leavesAtOnce = 2_048;

/** Committed epochs for those who ask over HTTP. Only what the chain committed to is given out. Failures are ApiErrors. */
export class EpochReader {
  readonly #options: EpochReaderOptions;
  readonly #dependencies: EpochReaderDependencies;
  /** By dataHash: after a reorganisation of the chain the same epoch may be another one. */
  readonly #open = new Map<Hash, Promise<OpenEpoch | undefined>>();
  readonly #queue: SerialQueue;

  constructor(options: EpochReaderOptions, dependencies: EpochReaderDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#queue = new SerialQueue({ limit: options.waitingReads });
  }

  /** The commit meant; "latest" is the chain's, whether its leaf file is here or not. */
  commit(selector: EpochSelector): Commit {
    const { commits } = this.#dependencies;
    const commit = selector === "latest" ? commits.lastCommit() : commits.commitOf(selector);
    if (commit !== undefined) return commit;
    const what =
      selector === "latest"
        ? "no epoch was committed yet"
        : `epoch ${selector} was not committed (skipped, or not yet)`;
    throw new ApiError(404, "EPOCH_NOT_COMMITTED", what);
  }

  /** Commits from `before` (not included; default: the end) back. */
  recent(limit: number, before?: bigint): Commit[] {
    const { commits } = this.#dependencies;
    const found: Commit[] = [];
    let next = before === undefined ? commits.lastCommit() : commits.commitBefore(before);
    for (; next !== undefined && found.length < limit; next = commits.commitBefore(next.epoch)) found.push(next);
    return found;
  }

  /** The epoch's leaf file. */
  leaves(selector: EpochSelector): Promise<LeafFileAnswer> {
    return this.#firstHeld(selector, (commit) => this.#queue.run(() => this.#read(commit)));
  }

  /** The epoch with its tree; read once, however many ask. */
  open(selector: EpochSelector): Promise<OpenEpoch> {
    return this.#firstHeld(selector, (commit) => {
      const known = this.#open.get(commit.dataHash);
      return this.#remember(commit, known ?? this.#queue.run(() => this.#build(commit)));
    });
  }

  /** What a deed got in the last committed epochs before `before`, newest first. */
  async history(deed: DeedId, limit: number, before?: bigint): Promise<HistoryEntry[]> {
    const commits = this.recent(limit + 1, before);
    const sums: bigint[] = [];
    for (const { epoch } of commits) {
      sums.push(cumulativeIn((await this.leaves(epoch)).bytes, LeafKind.AVAILABILITY, deed));
    }
    const entries = commits.map(({ epoch }, index): HistoryEntry => {
      const cumulative = sums[index] as bigint;
      return { epoch, bytes: Number(cumulative - (sums[index + 1] ?? 0n)), cumulative };
    });
    return entries.slice(0, limit);
  }

  async #firstHeld<T>(selector: EpochSelector, get: (commit: Commit) => Promise<T | undefined>): Promise<T> {
    const wanted = this.commit(selector);
    const candidates = selector === "latest" ? this.recent(latestDepth) : [wanted];
    for (const commit of candidates) {
      const found = await get(commit);
      if (found !== undefined) return found;
    }
    const message = `this oracle does not have the leaf file of epoch ${wanted.epoch} yet; ask another`;
    throw new ApiError(503, "LEAVES_MISSING", message);
  }

  #remember({ dataHash }: Commit, opening: Promise<OpenEpoch | undefined>): Promise<OpenEpoch | undefined> {
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

  async #read(commit: Commit): Promise<LeafFileAnswer | undefined> {
    const kept = await this.#dependencies.archive.get(commit.epoch);
    return kept?.meta.dataHash === commit.dataHash ? { commit, bytes: kept.leafFile } : undefined;
  }

  async #build(commit: Commit): Promise<OpenEpoch | undefined> {
    const answer = await this.#read(commit);
    if (answer === undefined) return undefined;
    const file = decodeLeafFile(answer.bytes);
    const hashes: Uint8Array[] = [];
    for (const { kind, id, cumulative } of file.entries) {
      hashes.push(leafHash(kind, id, cumulative));
      if (hashes.length % leavesAtOnce === 0) await this.#dependencies.clock.sleep(0);
    }
    return { commit, file, tree: MerkleTree.of(hashes) };
  }
}

/** @throws ApiError 404 for a deed that earned nothing so far */
export function noLeaf(epoch: bigint, deed: DeedId): ApiError {
  return new ApiError(404, "DEED_HAS_NO_LEAF", `${deedLabel(deed)} was credited nothing up to epoch ${epoch}`);
}
