import type { Commit } from "../../chain/protocolState.js";
import { SerialQueue } from "../../core/serial.js";
import type { DeedId } from "../../protocol/deedId.js";
import { LeafKind } from "../../protocol/leaf.js";
import type { TreeReader } from "../../storage/treeFile.js";
import { ApiError } from "../../core/http/apiError.js";
import { deedLabel } from "./deeds.js";
import { EpochTrees, type EpochTreesDependencies, type EpochTreesOptions } from "./epochTrees.js";
import { cumulativeIn } from "./leafLookup.js";
import type { CommitLog } from "./views.js";

/**
 * Which epoch is meant: its number; "latest", the last one that is active (to claim against) and whose leaf file is here; or
 * "pending", the one that was committed since and can still be disproved.
 */
export type EpochSelector = bigint | "latest" | "pending";

/** Requests that may wait for a leaf file or for a tree to be made; more are turned away with 503 `BUSY`. */
export type EpochReaderOptions = EpochTreesOptions;

export interface EpochReaderDependencies extends EpochTreesDependencies {
  readonly commits: CommitLog;
}

/** Whether a root can be claimed against, and since or from when: Unix seconds. */
export type Activation = ReturnType<CommitLog["activationOf"]>;

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

/** Committed epochs for those who ask over HTTP. Only what the chain committed to is given out. Failures are ApiErrors. */
export class EpochReader {
  readonly #dependencies: EpochReaderDependencies;
  readonly #trees: EpochTrees;
  readonly #queue: SerialQueue;

  constructor(options: EpochReaderOptions, dependencies: EpochReaderDependencies) {
    this.#dependencies = dependencies;
    this.#trees = new EpochTrees(options, dependencies);
    this.#queue = new SerialQueue({ limit: options.waitingReads });
  }

  /** The commit meant; "latest" is the chain's, whether its leaf file is here or not. */
  commit(selector: EpochSelector): Commit {
    const commit = this.#find(selector);
    if (commit !== undefined) return commit;
    const pending = this.#find("pending");
    if (selector === "latest" && pending) throw this.#noneActive(pending);
    throw new ApiError(404, "EPOCH_NOT_COMMITTED", nothingAt[String(selector)] ?? notCommitted(selector));
  }

  /** When a commit became or becomes active. */
  activationOf(commit: Commit): Activation {
    return this.#dependencies.commits.activationOf(commit);
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

  /** Looks up leaves and proofs in the epoch's tree. */
  prove<T>(selector: EpochSelector, work: (commit: Commit, tree: TreeReader) => Promise<T>): Promise<T> {
    return this.#firstHeld(selector, (commit) => this.#trees.read(commit, (tree) => work(commit, tree)));
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

  #find(selector: EpochSelector): Commit | undefined {
    const { commits } = this.#dependencies;
    if (selector === "latest") return commits.lastActive();
    if (selector !== "pending") return commits.commitOf(selector);
    const last = commits.lastCommit();
    return last && !commits.activationOf(last).isActive ? last : undefined;
  }

  #noneActive(pending: Commit): ApiError {
    const from = new Date(this.activationOf(pending).activeFrom * 1_000).toISOString();
    const message = `no epoch is active yet: epoch ${pending.epoch} is the first, and becomes active at ${from}`;
    return new ApiError(404, "EPOCH_PENDING", message);
  }

  async #firstHeld<T>(selector: EpochSelector, get: (commit: Commit) => Promise<T | undefined>): Promise<T> {
    const wanted = this.commit(selector);
    const candidates = selector === "latest" ? this.recent(latestDepth, wanted.epoch + 1n) : [wanted];
    for (const commit of candidates) {
      const found = await get(commit);
      if (found !== undefined) return found;
    }
    const message = `this oracle does not have the leaf file of epoch ${wanted.epoch} yet; ask another`;
    throw new ApiError(503, "LEAVES_MISSING", message);
  }

  async #read(commit: Commit): Promise<LeafFileAnswer | undefined> {
    const kept = await this.#dependencies.archive.get(commit.epoch);
    return kept?.meta.dataHash === commit.dataHash ? { commit, bytes: kept.leafFile } : undefined;
  }
}

const nothingAt: Readonly<Record<string, string>> = {
  latest: "no epoch was committed yet",
  pending: "no epoch is pending",
};

function notCommitted(epoch: EpochSelector): string {
  return `epoch ${epoch} was not committed (skipped, or not yet)`;
}

/** @throws ApiError 404 for a deed that earned nothing so far */
export function noLeaf(epoch: bigint, deed: DeedId): ApiError {
  return new ApiError(404, "DEED_HAS_NO_LEAF", `${deedLabel(deed)} was credited nothing up to epoch ${epoch}`);
}
