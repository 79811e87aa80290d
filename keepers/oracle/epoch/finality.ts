import type { EpochChain } from "./types.js";

/** The last epoch with an active commit, which nobody can disprove any more; −1 before the first. */
export function activeEpoch(chain: EpochChain): bigint {
  const commit = chain.isPending() ? chain.previousCommit() : chain.lastCommit();
  return commit?.epoch ?? -1n;
}

/**
 * The last epoch that the ledger built upon with a commit that is active itself: older than an activation delay and an epoch.
 * What an oracle needs in order to bring a commit back is kept until then, for a reorganisation may be deeper than the
 * activation delay. Undefined where it cannot be told from the last two commits: before the second is active.
 */
export function finalEpoch(chain: EpochChain): bigint | undefined {
  return chain.isPending() ? undefined : chain.previousCommit()?.epoch;
}
