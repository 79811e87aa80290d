import type { EpochChain } from "../../../../keepers/oracle/epoch/types.js";
import type { EpochReport } from "../../../../keepers/protocol/typedData.js";

/** A chain that a test moves. */
export class MovingChain {
  readonly listeners = new Set<() => void>();
  commits: EpochReport[] = [];
  pending = false;

  get view(): EpochChain {
    return {
      snapshotOf: () => Promise.resolve(undefined),
      lastCommit: () => this.commits.at(-1),
      previousCommit: () => this.commits.at(-2),
      isPending: () => this.pending,
      attempt: () => 0,
      oracles: () => [],
      onChange: (listener) => {
        this.listeners.add(listener);
        return () => void this.listeners.delete(listener);
      },
    };
  }

  move(): void {
    for (const listener of this.listeners) listener();
  }
}
