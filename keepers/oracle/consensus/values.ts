import { type Commitment, type ReportsValue, type Value } from "../../protocol/oracleValue.js";
import { reportsToPropose } from "./sealing.js";
import { type EpochState, type OpenedReport } from "./types.js";
import { isMember, memberOf } from "./work.js";

/** What an oracle makes of a proposed value by itself; `pending` until the missing reports come, or its own wait ends. */
export type Verdict =
  | { readonly type: "valid" | "invalid" }
  | { readonly type: "pending"; readonly missing: readonly { readonly oracle: string; readonly reportHash: string }[] };

const VALID: Verdict = { type: "valid" };
const INVALID: Verdict = { type: "invalid" };

/** The value of a leader with a free choice; undefined while it is still collecting. */
export function ownValue(state: EpochState): Value | undefined {
  if (state.collection !== "over") return undefined;
  const reports = reportsToPropose(state);
  if (!reports) return { type: "skip" };
  const { previousRoot, commitmentOf } = state.config;
  const set = reports.map(({ oracle, reportHash }) => ({ oracle, reportHash }));
  return { type: "reports", previousRoot, ...commitmentOf(reports), set };
}

/** A skip is right without a quorum of reports when the wait is over; reports are right when they give the same root. */
export function judge(state: EpochState, value: Value): Verdict {
  return value.type === "skip" ? judgeSkip(state) : judgeReports(state, value);
}

function judgeSkip(state: EpochState): Verdict {
  if (reportsToPropose(state)) return INVALID;
  return state.collection === "over" ? VALID : { type: "pending", missing: [] };
}

function judgeReports(state: EpochState, value: ReportsValue): Verdict {
  const { set, previousRoot } = value;
  if (previousRoot !== state.config.previousRoot || set.length < state.quorum) return INVALID;
  if (!set.every(({ oracle }) => isMember(state, oracle))) return INVALID;
  const known = set.map(({ oracle, reportHash }) => openedReport(state, oracle, reportHash));
  const missing = set.filter((_, index) => !known[index]);
  if (missing.length > 0) return { type: "pending", missing };
  const reports = known.filter((report) => report !== undefined);
  return isSame(state.config.commitmentOf(reports), value) ? VALID : INVALID;
}

function openedReport(state: EpochState, oracle: string, reportHash: string): OpenedReport | undefined {
  const opened = memberOf(state, oracle).report?.opened;
  return opened?.reportHash === reportHash ? opened : undefined;
}

function isSame(a: Commitment, b: Commitment): boolean {
  return a.root === b.root && a.dataHash === b.dataHash && a.leafCount === b.leafCount;
}
