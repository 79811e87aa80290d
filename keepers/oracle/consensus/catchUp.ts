import { type Hash } from "../../protocol/bytes.js";
import { type MessageOf, type OracleMessage } from "../../protocol/oracleMessages.js";
import { type Value } from "../../protocol/oracleValue.js";
import { KIND_RULES } from "../validation/registry.js";
import { decisionOf } from "./certificate.js";
import { messageRecord } from "./records.js";
import { agreedPrecommit, leaderOf, requestReport, showPolka } from "./rounds.js";
import { ownReportHash, sealedMembers } from "./sealing.js";
import { type EpochState } from "./types.js";
import {
  askForDecision,
  broadcast,
  exchangeOnce,
  isMember,
  memberOf,
  reject,
  relay,
  roundOf,
  schedule,
  update,
  type Work,
} from "./work.js";

/** Rule, line 49 of the algorithm: a quorum of precommits for a value of any round decides. */
export function decideWhenAgreed(work: Work): boolean {
  const { state } = work;
  if (state.decision) return false;
  const agreed = agreedPrecommit(state);
  if (!agreed) return false;
  const value = valueOf(state, agreed.id);
  if (!value) {
    if (exchangeOnce(work, "ask decision")) askForDecision(work);
    return false;
  }
  const { precommits } = roundOf(state, agreed.round);
  decide(work, decisionOf(state.config, state.config.me, { round: agreed.round, value, precommits }));
  return true;
}

/** Adopts a decision that proves itself, whatever this oracle knows of its reports. */
export function onDecision(work: Work, message: MessageOf<"decision">): void {
  const verdict = KIND_RULES.decision.validate(message, work.state);
  if (verdict.outcome !== "accept") return reject(work, message.sender, verdict.code);
  decide(work, { ...message, sender: work.state.config.me });
}

/** Answers with a report, when this oracle wrote or proposed it. (Decisions: `answerLaggard`.) */
export function onRequest(work: Work, message: MessageOf<"request">): void {
  const { sender, what, key } = message;
  if (what === "leaves") return reject(work, sender, "not-for-agreement");
  const envelopes = what === "report" ? answerTo(work.state, key) : [];
  const verdict = KIND_RULES.request.validate(message, {
    holds: () => envelopes !== undefined,
    isAnswering: () => false,
    pendingOf: () => 0,
  });
  if (verdict.outcome !== "accept") return reject(work, sender, verdict.code);
  if (!envelopes?.length) return;
  if (exchangeOnce(work, `answer report ${key}`)) for (const envelope of envelopes) relay(work, envelope);
}

/**
 * After the decision: who repeats itself, asks, or is in a later round has not heard of it. Answered once between resends,
 * so that nobody can make this oracle shout.
 */
export function answerLaggard(work: Work, message: OracleMessage, isNews: boolean): void {
  const { decision, config } = work.state;
  if (!decision || message.sender === config.me || !isLagging(message, decision.round, isNews)) return;
  if (!exchangeOnce(work, "answer decision")) return;
  broadcast(work, decision);
  schedule(work, "resend", 0, config.timeouts.resend);
}

/**
 * Says again what others may have missed: messages get lost, and the protocol is live only if what honest oracles say comes
 * through in the end. That is the seal, the votes of this round and of the one before (those who still are there need them
 * to leave it), the leader's proposal with what justifies it, and requests for reports that were sealed and not seen. An oracle
 * that joined the set since the epoch's end has nothing to say, but may be needed to sign what is decided: it asks.
 */
export function onResend(work: Work): void {
  update(work, { exchanged: new Set() });
  const { state } = work;
  if (state.decision) return;
  if (!isMember(state, state.config.me)) askForDecision(work);
  for (const key of repeatedKeys(state.round)) {
    const message = state.sent.get(key);
    if (message) broadcast(work, message);
  }
  if (leaderOf(state, Math.max(state.round, 0)) === state.config.me) showPolka(work);
  if (state.collection !== "sealing") for (const hash of unopenedReports(state)) requestReport(work, hash);
  schedule(work, "resend", 0, state.config.timeouts.resend);
}

function decide(work: Work, decision: MessageOf<"decision">): void {
  update(work, { decision });
  work.effects.push({ type: "persist", record: messageRecord(work.state.config.context, decision) });
  work.effects.push({ type: "decided", decision });
}

function valueOf(state: EpochState, id: Hash): Value | undefined {
  for (const { proposal } of state.rounds.values()) if (proposal?.id === id) return proposal.message.value;
  return state.valid?.id === id ? state.valid.value : undefined;
}

/** Seal and report; the seal too, for who missed it cannot take the report. */
function answerTo(state: EpochState, key: Hash): Uint8Array[] | undefined {
  const { me } = state.config;
  const isLeader = state.round >= 0 && leaderOf(state, state.round) === me;
  if (key !== ownReportHash(state) && !isLeader) return undefined;
  for (const member of state.config.members) {
    const { seal, report } = memberOf(state, member);
    if (seal && report?.opened.reportHash === key) return [seal.envelope, report.envelope];
  }
  return undefined;
}

function isLagging(message: OracleMessage, decidedRound: number, isNews: boolean): boolean {
  switch (message.kind) {
    case "seal":
    case "report":
      return !isNews;
    case "proposal":
    case "prevote":
    case "precommit":
      return !isNews || message.round > decidedRound;
    case "request":
      return message.what !== "leaves";
    default:
      return false;
  }
}

function repeatedKeys(round: number): string[] {
  const votes = [round - 1, round].flatMap((of) => [`prevote ${of}`, `precommit ${of}`]);
  return ["seal", `proposal ${round}`, ...votes];
}

function unopenedReports(state: EpochState): Hash[] {
  return sealedMembers(state).flatMap(({ seal, report }) => (seal && !report ? [seal.reportHash] : []));
}
