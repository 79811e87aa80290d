import type { History } from "./history.js";
import { mustCommit, owedBytes } from "./verdict/availability.js";
import { creditedBytes } from "./verdict/credits.js";
import type { Verdict } from "./verdict/verdict.js";

/** What a run came to, for programs. The first six are the verdict: numbers of problems, but for `faults`. */
export interface SoakReport {
  readonly faults: number;
  readonly rewardsLost: number;
  readonly rewardsWrong: number;
  /** A decimal string where a number would not be exact. */
  readonly escrowImbalanceWei: number | string;
  readonly orphanContainers: number;
  readonly doubleCommits: number;
  readonly seed: number;
  readonly minutes: number;
  readonly containers: "docker" | "none";
  readonly faultsByKind: Readonly<Record<string, number>>;
  /** `owed`: those of `judged` that had to be committed whatever else happened. */
  readonly epochs: {
    readonly judged: number;
    readonly owed: number;
    readonly committed: number;
    readonly skippedWithCause: number;
  };
  /** Of all deeds in the committed epochs: what they at least had to get, and what they got. */
  readonly availabilityBytes: { readonly owed: number; readonly credited: number };
  /** Committed epochs whose every agreed report was heard, so that each byte was recomputed from them. */
  readonly recomputedEpochs: number;
  readonly deeds: number;
  readonly claims: number;
  readonly jobs: number;
  readonly settlements: number;
  readonly activities: Readonly<Record<string, number>>;
  readonly activitiesRefused: number;
  /** Keepers that ended although nobody killed them. */
  readonly endedByThemselves: readonly string[];
  readonly machineStalls: number;
  readonly problems: readonly string[];
}

export interface RunFacts {
  readonly seed: number;
  readonly minutes: number;
  readonly containers: "docker" | "none";
  readonly faultsByKind: ReadonlyMap<string, number>;
  readonly activities: ReadonlyMap<string, number>;
  readonly activitiesRefused: number;
  readonly endedByThemselves: readonly string[];
}

export function reportOf(history: History, verdict: Verdict, facts: RunFacts): SoakReport {
  const { first, last, epochs, disturbances, jobEvents } = history;
  const judged = last - first + 1;
  const committed = epochs.filter(({ commit }) => commit.epoch >= first).length;
  const lostEpochs = verdict.rewardsLost.filter((problem) => /^epoch \d+ was not committed/u.test(problem)).length;
  return {
    faults: [...facts.faultsByKind.values()].reduce((sum, count) => sum + count, 0),
    rewardsLost: verdict.rewardsLost.length,
    rewardsWrong: verdict.rewardsWrong.length,
    escrowImbalanceWei: inNumber(verdict.escrowImbalanceWei),
    orphanContainers: verdict.orphanContainers.length,
    doubleCommits: verdict.doubleCommits.length,
    ...{ seed: facts.seed, minutes: facts.minutes, containers: facts.containers },
    faultsByKind: Object.fromEntries([...facts.faultsByKind].sort()),
    epochs: { judged, owed: owedEpochs(history), committed, skippedWithCause: judged - committed - lostEpochs },
    availabilityBytes: bytesOf(history),
    recomputedEpochs: epochs.filter(({ commit, reports }) => commit.epoch >= first && reports !== undefined).length,
    deeds: history.deeds.length,
    claims: history.claims.length,
    jobs: jobEvents.filter(({ kind }) => kind === "created").length,
    settlements: jobEvents.filter(({ kind }) => kind === "settled").length,
    activities: Object.fromEntries([...facts.activities].sort()),
    activitiesRefused: facts.activitiesRefused,
    endedByThemselves: facts.endedByThemselves,
    machineStalls: disturbances.filter(({ target }) => target === "machine").length,
    problems: [
      ...verdict.rewardsLost,
      ...verdict.rewardsWrong,
      ...verdict.orphanContainers.map((name) => `container left over: ${name}`),
      ...verdict.doubleCommits,
    ],
  };
}

function owedEpochs(history: History): number {
  const { first, last } = history;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index).filter((epoch) =>
    mustCommit(history, epoch),
  ).length;
}

function bytesOf(history: History): SoakReport["availabilityBytes"] {
  const credits = creditedBytes(history).credits.filter(
    ({ deed, epoch }) => epoch >= Math.max(history.first, deed.start),
  );
  return {
    owed: credits.reduce((sum, { deed, epoch }) => sum + owedBytes(history, deed.deed, epoch), 0),
    credited: credits.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Lines for people. */
export function tableOf(report: SoakReport): string {
  const { problems, faultsByKind, activities, endedByThemselves, epochs, availabilityBytes, ...rest } = report;
  const count = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, number]) => `${name} ${number}`)
      .join(", ");
  const rows = Object.entries({
    ...rest,
    epochs: count(epochs),
    "availability bytes": count(availabilityBytes),
    "faults by kind": count(faultsByKind),
    "people did": count(activities),
    "ended by themselves": endedByThemselves.join("; ") || "none",
  });
  const lines = rows.map(([name, value]) => `  ${name.padEnd(20)} ${String(value)}`);
  return [...lines, ...problems.map((problem) => `  problem: ${problem}`)].join("\n");
}

function inNumber(wei: bigint): number | string {
  return wei <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wei) : wei.toString();
}
