import { type Address } from "../../protocol/bytes.js";
import { type DecodedOracleMessage, type MessageOf, reportHash } from "../../protocol/oracleMessages.js";
import { KIND_RULES } from "../validation/registry.js";
import { messageRecord } from "./records.js";
import {
  type EpochState,
  type Equivocation,
  type MemberState,
  type OpenedReport,
  type OwnObservation,
  type TimeoutKind,
} from "./types.js";
import {
  broadcast,
  isMember,
  memberOf,
  own,
  reject,
  relay,
  sayOnce,
  schedule,
  update,
  updateMember,
  type Work,
} from "./work.js";

/** Writes down and seals this oracle's own report, unless a report was sealed before. */
export function sealOwnReport(work: Work, observation: OwnObservation | undefined): void {
  const { config, ownReport } = work.state;
  if (!isMember(work.state, config.me)) return;
  if (!ownReport) {
    if (!observation) return;
    const report = own(work.state, { kind: "report", ...observation, subjectsHash: config.subjectsHash } as const);
    update(work, { ownReport: report });
    // The whole report, not its hash: after a crash it must still be possible to open the seal.
    work.effects.push({ type: "persist", record: messageRecord(config.context, report) });
  }
  if (work.state.sent.has("seal")) return;
  sayOnce(work, own(work.state, { kind: "seal", reportHash: ownReportHash(work.state) as string } as const));
}

/** Takes a member's first SEAL; a second, different one is evidence. */
export function onSeal(work: Work, decoded: DecodedOracleMessage, message: MessageOf<"seal">): void {
  const { sender } = message;
  const { seal, early } = memberOf(work.state, sender);
  const verdict = KIND_RULES.seal.validate(message, work.state);
  if (verdict.outcome === "accept") {
    const late = work.state.collection !== "sealing";
    const first = { reportHash: message.reportHash, late, envelope: decoded.envelope };
    updateMember(work, sender, { seal: first, early: undefined });
    if (early?.message.kind === "report") onReport(work, early, early.message);
    return;
  }
  if (!seal || verdict.code !== "equivocation") return reject(work, sender, verdict.code);
  accuse(work, sender, { offence: "seal", first: seal.envelope, second: decoded.envelope });
}

/** Takes a REPORT when its hash is the one that its sender sealed first, and it is about the same links as mine. */
export function onReport(work: Work, decoded: DecodedOracleMessage, message: MessageOf<"report">): void {
  const { sender } = message;
  const { seal } = memberOf(work.state, sender);
  const verdict = KIND_RULES.report.validate(message, work.state);
  if (verdict.outcome !== "accept") {
    if (!seal || verdict.code !== "equivocation") return reject(work, sender, verdict.code);
    return accuse(work, sender, { offence: "report", first: seal.envelope, second: decoded.envelope });
  }
  if (!seal) return updateMember(work, sender, { early: decoded });
  const opened = { oracle: sender, reportHash: seal.reportHash, bytes: message.bytes };
  updateMember(work, sender, { report: { opened, envelope: decoded.envelope } });
}

/**
 * The reports to propose, ascending by oracle; undefined while fewer than a quorum. Those sealed in time are preferred: who
 * seals after others opened may have copied, and is needed only when there are not enough others. Cheaters are left out: each
 * oracle may hold another version of their report, and sets with them would not be agreed on.
 */
export function reportsToPropose(state: EpochState): OpenedReport[] | undefined {
  const honest = sealedMembers(state).filter(({ cheated, report }) => report && !cheated);
  const inTime = honest.filter(({ seal }) => !seal?.late);
  const chosen = inTime.length >= state.quorum ? inTime : honest;
  return chosen.length >= state.quorum ? chosen.flatMap(({ report }) => (report ? [report.opened] : [])) : undefined;
}

/** Members that sealed, ascending. */
export function sealedMembers(state: EpochState): MemberState[] {
  return state.config.members.map((member) => memberOf(state, member)).filter(({ seal }) => seal);
}

/** Rule: opens the own report once all have sealed, or a quorum has and the others had a moment, or time is up. */
export function openWhenSealed(work: Work): boolean {
  const { state } = work;
  if (state.collection !== "sealing") return false;
  const sealed = sealedMembers(state).length;
  if (sealed < state.config.members.length && !isTimeUp(work, sealed, "sealGather", "sealing")) return false;
  update(work, { collection: "opening" });
  if (state.ownReport) broadcast(work, state.ownReport);
  startTimer(work, "opening", state.config.timeouts.opening);
  return true;
}

/** Rule: ends the collection once all sealed reports are open, or a quorum is and the others had a moment, or time is up. */
export function endCollection(work: Work): boolean {
  const { state } = work;
  if (state.collection !== "opening") return false;
  const sealed = sealedMembers(state);
  const opened = sealed.filter(({ report }) => report).length;
  const complete = opened === sealed.length && opened >= state.quorum;
  if (!complete && !isTimeUp(work, opened, "openGather", "opening")) return false;
  update(work, { collection: "over" });
  return true;
}

/** Starts a timer of the collection, unless it was started before. */
export function startTimer(work: Work, kind: TimeoutKind, ms: number): void {
  const { timers } = work.state;
  if (timers.has(kind)) return;
  update(work, { timers: new Set(timers).add(kind) });
  schedule(work, kind, 0, ms);
}

/** A timer of the collection has passed. */
export function onCollectionTimeout(work: Work, kind: TimeoutKind): void {
  update(work, { timers: new Set(work.state.timers).add(passed(kind)) });
}

/** The hash that the own seal names; undefined without a report. */
export function ownReportHash({ config, ownReport }: EpochState): string | undefined {
  return ownReport && reportHash(config.context, ownReport);
}

function isTimeUp(work: Work, count: number, gather: TimeoutKind, whole: TimeoutKind): boolean {
  const { timers, quorum, config } = work.state;
  if (timers.has(passed(whole))) return true;
  if (count < quorum) return false;
  startTimer(work, gather, config.timeouts.gather);
  return timers.has(passed(gather));
}

function passed(kind: TimeoutKind): string {
  return `${kind} passed`;
}

/** Once a member: its seals go out again, so that everybody finds out and stops proposing its reports. */
function accuse(work: Work, member: Address, evidence: Pick<Equivocation, "offence" | "first" | "second">): void {
  reject(work, member, "equivocation");
  if (memberOf(work.state, member).cheated) return;
  updateMember(work, member, { cheated: true });
  work.effects.push({ type: "evidence", member, ...evidence });
  relay(work, evidence.first);
  if (evidence.offence === "seal") relay(work, evidence.second);
}
