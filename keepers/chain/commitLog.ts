import { activeFrom, commitsAt } from "./activation.js";
import type { ChainFollower } from "./chainFollower.js";
import type { Commit } from "./protocolState.js";

export interface CommitLogOptions {
  /** The ledger's ACTIVATION_DELAY, seconds. */
  readonly activationDelay: number;
}

/** All committed epochs as the chain has them now; follows reorganisations and disproofs, because commits are chained. */
export class CommitLog {
  readonly #activationDelay: number;
  readonly #follower: Pick<ChainFollower, "view">;
  #byEpoch = new Map<bigint, Commit>();
  #newest: Commit | undefined;

  constructor(options: CommitLogOptions, dependencies: { readonly follower: Pick<ChainFollower, "view"> }) {
    this.#activationDelay = options.activationDelay;
    this.#follower = dependencies.follower;
  }

  /** @throws KeeperError `CHAIN_NOT_READ` before the follower has started */
  lastCommit(): Commit | undefined {
    return this.#follower.view.state.lastCommit;
  }

  /** The last commit whose root nobody can take back any more: what can be claimed against. */
  lastActive(): Commit | undefined {
    const { state, block } = this.#follower.view;
    return commitsAt(state, this.#activationDelay, block.timestamp).active;
  }

  /** When a commit became or becomes active, Unix seconds; and whether it is. */
  activationOf(commit: Commit): { readonly activeFrom: number; readonly isActive: boolean } {
    const from = activeFrom(commit, this.#activationDelay);
    // A later commit shows that it is active: none is accepted before.
    const isActive = commit !== this.lastCommit() || this.#follower.view.block.timestamp >= from;
    return { activeFrom: from, isActive };
  }

  commitOf(epoch: bigint): Commit | undefined {
    return this.#index().get(epoch);
  }

  /** The last commit before that of `epoch`. */
  commitBefore(epoch: bigint): Commit | undefined {
    const exact = this.commitOf(epoch);
    if (exact) return exact.previous;
    let commit = this.lastCommit();
    while (commit && commit.epoch >= epoch) commit = commit.previous;
    return commit;
  }

  /** Usually one commit is new; after a reorganisation those that changed are. */
  #index(): ReadonlyMap<bigint, Commit> {
    const last = this.lastCommit();
    if (last === this.#newest) return this.#byEpoch;
    const fresh = this.#unknownFrom(last);
    const known = fresh.length === 0 ? last : fresh.at(-1)?.previous;
    const through = known?.epoch ?? -1n;
    for (const epoch of this.#byEpoch.keys()) if (epoch > through) this.#byEpoch.delete(epoch);
    for (const commit of fresh) this.#byEpoch.set(commit.epoch, commit);
    this.#newest = last;
    return this.#byEpoch;
  }

  /** Newest first. */
  #unknownFrom(last: Commit | undefined): Commit[] {
    const unknown: Commit[] = [];
    for (let commit = last; commit && this.#byEpoch.get(commit.epoch) !== commit; commit = commit.previous) {
      unknown.push(commit);
    }
    return unknown;
  }
}
