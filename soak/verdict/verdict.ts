import type { History } from "../history.js";
import { judgeCommits } from "./commits.js";
import { judgeEpochs } from "./epochs.js";
import { judgeJobs } from "./jobs.js";
import { judgeRewards } from "./rewards.js";

/** What became of a run. Lists are sentences for people, one for each problem. */
export interface Verdict {
  readonly rewardsLost: readonly string[];
  readonly rewardsWrong: readonly string[];
  readonly escrowImbalanceWei: bigint;
  readonly orphanContainers: readonly string[];
  readonly doubleCommits: readonly string[];
}

/** A function of what was left behind, and of nothing else. */
export function judge(history: History): Verdict {
  const [epochs, rewards, jobs] = [judgeEpochs(history), judgeRewards(history), judgeJobs(history)];
  return {
    rewardsLost: [...epochs.lost, ...rewards.lost, ...jobs.lost],
    rewardsWrong: [...epochs.wrong, ...rewards.wrong, ...jobs.wrong],
    escrowImbalanceWei: jobs.imbalanceWei,
    orphanContainers: history.containers,
    doubleCommits: judgeCommits(history),
  };
}

export function isWell(verdict: Verdict): boolean {
  const { escrowImbalanceWei, ...problems } = verdict;
  return escrowImbalanceWei === 0n && Object.values(problems).every((list) => list.length === 0);
}
