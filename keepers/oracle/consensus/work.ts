import { type Address } from "../../protocol/bytes.js";
import { type MessageOf, type OracleHeader, type OracleMessage } from "../../protocol/oracleMessages.js";
import { type OracleBody } from "../../protocol/oracleBodies.js";
import { ZERO_HASH } from "../../protocol/oracleValue.js";
import { messageRecord } from "./records.js";
import {
  type Effect,
  type EpochState,
  type MemberState,
  type OncePerRound,
  type RejectCode,
  type RoundState,
  type TimeoutKind,
} from "./types.js";
import { NO_VOTES } from "./votes.js";

/** A transition in the making: states are values, so each change replaces `state`. */
export interface Work {
  state: EpochState;
  readonly effects: Effect[];
}

const NEW_MEMBER: MemberState = {
  seal: undefined,
  report: undefined,
  early: undefined,
  cheated: false,
  highestRound: -1,
};
const NEW_ROUND: RoundState = { proposal: undefined, prevotes: NO_VOTES, precommits: NO_VOTES, done: new Set() };

export function update(work: Work, patch: Partial<EpochState>): void {
  work.state = { ...work.state, ...patch };
}

export function memberOf(state: EpochState, member: Address): MemberState {
  return state.members.get(member) ?? NEW_MEMBER;
}

export function updateMember(work: Work, member: Address, patch: Partial<MemberState>): void {
  const changed = { ...memberOf(work.state, member), ...patch };
  update(work, { members: new Map(work.state.members).set(member, changed) });
}

export function roundOf(state: EpochState, round: number): RoundState {
  return state.rounds.get(round) ?? NEW_ROUND;
}

export function updateRound(work: Work, round: number, patch: Partial<RoundState>): void {
  const changed = { ...roundOf(work.state, round), ...patch };
  update(work, { rounds: new Map(work.state.rounds).set(round, changed) });
}

/** True the first time in this round. */
export function once(work: Work, round: number, what: OncePerRound): boolean {
  const { done } = roundOf(work.state, round);
  if (done.has(what)) return false;
  updateRound(work, round, { done: new Set(done).add(what) });
  return true;
}

/** True the first time since the last resend. */
export function exchangeOnce(work: Work, what: string): boolean {
  const { exchanged } = work.state;
  if (exchanged.has(what)) return false;
  update(work, { exchanged: new Set(exchanged).add(what) });
  return true;
}

export function schedule(work: Work, kind: TimeoutKind, round: number, ms: number): void {
  work.effects.push({ type: "schedule", timeout: { kind, round }, ms });
}

export function reject(work: Work, member: Address, code: RejectCode): void {
  work.effects.push({ type: "reject", member, code });
}

/** Who is not a member has no voice, nobody would listen; but it may ask what was decided. */
export function broadcast(work: Work, message: OracleMessage): void {
  if (!isMember(work.state, work.state.config.me) && !asksForDecision(message)) return;
  work.effects.push({ type: "broadcast", message });
}

export function asksForDecision(message: OracleMessage): boolean {
  return message.kind === "request" && message.what === "decision";
}

export function askForDecision(work: Work): void {
  broadcast(work, own(work.state, { kind: "request", what: "decision", key: ZERO_HASH } as const));
}

export function relay(work: Work, envelope: Uint8Array): void {
  work.effects.push({ type: "relay", envelope });
}

export function isMember(state: EpochState, oracle: Address): boolean {
  return state.config.members.includes(oracle);
}

/** Own header, with a body. */
export function own<Body extends OracleBody>({ config }: EpochState, body: Body): Body & OracleHeader {
  return { ...body, epoch: config.epoch, attempt: config.attempt, sender: config.me };
}

type OnceOnly = MessageOf<"seal"> | MessageOf<"proposal"> | MessageOf<"prevote" | "precommit">;

/** Under which key a message that may be sent only once is remembered. */
export function sentKey(message: OracleMessage): string {
  return "round" in message ? `${message.kind} ${message.round}` : message.kind;
}

/**
 * Writes down and sends what an oracle may say once in its life. If it already said something in this place, that is said
 * again, whatever is wanted now: this is the last guard against contradicting oneself.
 */
export function sayOnce(work: Work, message: OnceOnly): void {
  if (!isMember(work.state, work.state.config.me)) return;
  const key = sentKey(message);
  const said = work.state.sent.get(key);
  if (said) return broadcast(work, said);
  update(work, { sent: new Map(work.state.sent).set(key, message) });
  work.effects.push({ type: "persist", record: messageRecord(work.state.config.context, message) });
  broadcast(work, message);
}
