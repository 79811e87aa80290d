import { type Hash } from "../../protocol/bytes.js";
import { ZERO_HASH } from "../../protocol/oracleValue.js";
import { validRecord } from "./records.js";
import { roundTimeout } from "./timeouts.js";
import { type EpochState, type Step, type StoredProposal, type Timeout } from "./types.js";
import { judge, ownValue } from "./values.js";
import { agreedValues, countFor, votesFor } from "./votes.js";
import { broadcast, exchangeOnce, once, own, relay, roundOf, sayOnce, schedule, update, type Work } from "./work.js";

/**
 * The rules of Algorithm 1 of arXiv 1807.04938 (line numbers below). Each returns whether it did something; the machine
 * applies them until none does.
 *
 * What differs, and why it is still safe and live: `valid(v)` is this oracle's own recomputation, and that may fail for
 * lack of a report, or say of a skip "not for me". So it is asked only for a new value (line 22). A quorum of prevotes
 * contains f + 1 honest recomputations, and stands in for one's own in lines 28, 36 and 49. Otherwise an oracle locked on a
 * value that others cannot check would stop the epoch for ever.
 */
export const ROUND_RULES: readonly ((work: Work) => boolean)[] = [
  startWhenCollected,
  followOthers,
  propose,
  prevoteNewValue,
  prevoteValidValue,
  acceptPolka,
  precommitNil,
  leaveNilRound,
  startVoteTimers,
];

/** Lines 57–67. Time-outs of an earlier round or step are stale. */
export function onRoundTimeout(work: Work, { kind, round }: Timeout): void {
  const { state } = work;
  if (round !== state.round) return;
  if (kind === "propose" && state.step === "propose") return vote(work, "prevote", ZERO_HASH);
  if (kind === "prevote" && state.step === "prevote") return vote(work, "precommit", ZERO_HASH);
  if (kind === "precommit") startRound(work, round + 1);
}

/** Enters a round and waits for its proposal. */
export function startRound(work: Work, round: number): void {
  leaveBehind(work, round - 1);
  update(work, { round, step: "propose" });
  schedule(work, "propose", round, roundTimeout(work.state.config.timeouts, round));
}

/**
 * Votes for nothing where this oracle has not voted in the round before the one that it enters. The paper lets it go without,
 * because there whatever reaches one honest process reaches all; here votes of a Byzantine oracle may have brought it on, and
 * who did not get them could wait in that round for ever. All who spoke in it vote again and again: with this vote they are a
 * quorum.
 */
function leaveBehind(work: Work, round: number): void {
  if (round < 0) return;
  for (const kind of ["prevote", "precommit"] as const) {
    const isSilent = !work.state.sent.has(`${kind} ${round}`);
    if (isSilent) sayOnce(work, own(work.state, { kind, round, valueId: ZERO_HASH } as const));
  }
}

/** Who may propose in a round. */
export function leaderOf({ config }: EpochState, round: number): string {
  return config.leaders[round % config.leaders.length] as string;
}

/** Shows the quorum that made a value valid to those who missed a part of it: without it they could not vote for it. */
export function showPolka(work: Work): void {
  for (const envelope of work.state.valid?.prevotes ?? []) relay(work, envelope);
}

function startWhenCollected(work: Work): boolean {
  if (work.state.round >= 0 || work.state.collection !== "over") return false;
  startRound(work, 0);
  return true;
}

/** Line 55: f + 1 members are in later rounds, one of them honest; to the latest round that so many have reached. */
function followOthers(work: Work): boolean {
  const { members, faults, round, config } = work.state;
  const reached = [...members]
    .flatMap(([member, { highestRound }]) => (member === config.me ? [] : [highestRound]))
    .sort((a, b) => b - a);
  const target = reached[faults];
  if (target === undefined || target <= round) return false;
  startRound(work, target);
  return true;
}

/** Lines 14–19. */
function propose(work: Work): boolean {
  const { state } = work;
  if (!isMyTurn(state)) return false;
  const value = state.valid?.value ?? ownValue(state);
  if (!value) return false;
  showPolka(work);
  sayOnce(work, own(state, { kind: "proposal", round: state.round, validRound: state.valid?.round, value } as const));
  return true;
}

function isMyTurn(state: EpochState): boolean {
  const { round, step, sent, config } = state;
  return round >= 0 && step === "propose" && leaderOf(state, round) === config.me && !sent.has(`proposal ${round}`);
}

/** Lines 22–27. */
function prevoteNewValue(work: Work): boolean {
  const proposal = awaitedProposal(work.state);
  if (!proposal || proposal.message.validRound !== undefined) return false;
  const { lock } = work.state;
  if (lock && lock.id !== proposal.id) return voted(work, "prevote", ZERO_HASH);
  const verdict = judge(work.state, proposal.message.value);
  if (verdict.type === "pending") {
    for (const { reportHash } of verdict.missing) requestReport(work, reportHash);
    return false;
  }
  return voted(work, "prevote", verdict.type === "valid" ? proposal.id : ZERO_HASH);
}

/** Lines 28–33. */
function prevoteValidValue(work: Work): boolean {
  const proposal = awaitedProposal(work.state);
  const validRound = proposal?.message.validRound;
  if (!proposal || validRound === undefined) return false;
  if (countFor(roundOf(work.state, validRound).prevotes, proposal.id) < work.state.quorum) return false;
  const { lock } = work.state;
  const isFree = !lock || lock.round <= validRound || lock.id === proposal.id;
  return voted(work, "prevote", isFree ? proposal.id : ZERO_HASH);
}

/** Lines 36–43. The lock is on disk before the precommit that it protects. */
function acceptPolka(work: Work): boolean {
  const { state } = work;
  const { proposal, prevotes } = roundOf(state, state.round);
  if (state.step === "propose" || !proposal) return false;
  if (countFor(prevotes, proposal.id) < state.quorum || !once(work, state.round, "polka")) return false;
  const { round } = state;
  const envelopes = votesFor(prevotes, proposal.id).map(({ envelope }) => envelope);
  const valid = { round, id: proposal.id, value: proposal.message.value, prevotes: envelopes };
  const locks = state.step === "prevote";
  update(work, locks ? { valid, lock: { round, id: proposal.id } } : { valid });
  work.effects.push({ type: "persist", record: validRecord(locks, valid) });
  if (locks) vote(work, "precommit", proposal.id);
  return true;
}

/** Lines 44–46. */
function precommitNil(work: Work): boolean {
  const { step, round, quorum } = work.state;
  if (step !== "prevote" || countFor(roundOf(work.state, round).prevotes, ZERO_HASH) < quorum) return false;
  return voted(work, "precommit", ZERO_HASH);
}

/**
 * A quorum precommitted nothing, so that nothing can be decided in this round any more: waiting for more votes, as lines 47–48
 * and 65–67 have it, would only cost time. A dead leader costs one time-out instead of two.
 */
function leaveNilRound(work: Work): boolean {
  const { round, quorum } = work.state;
  if (round < 0 || countFor(roundOf(work.state, round).precommits, ZERO_HASH) < quorum) return false;
  startRound(work, round + 1);
  return true;
}

/** Lines 34–35 and 47–48: a quorum voted, for whatever; the others get this long to make it a quorum for one value. */
function startVoteTimers(work: Work): boolean {
  const { step, round, quorum, config } = work.state;
  const { prevotes, precommits } = roundOf(work.state, round);
  const ms = roundTimeout(config.timeouts, round);
  if (step === "prevote" && prevotes.size >= quorum && once(work, round, "prevoteTimeout")) {
    schedule(work, "prevote", round, ms);
  }
  if (round >= 0 && precommits.size >= quorum && once(work, round, "precommitTimeout")) {
    schedule(work, "precommit", round, ms);
  }
  return false;
}

/** Line 49's condition: a round and a value with a quorum of precommits. */
export function agreedPrecommit(state: EpochState): { readonly round: number; readonly id: Hash } | undefined {
  for (const [round, { precommits }] of state.rounds) {
    const id = agreedValues(precommits, state.quorum).find((candidate) => candidate !== ZERO_HASH);
    if (id !== undefined) return { round, id };
  }
  return undefined;
}

/** Asks once until the next resend; whoever has the report answers. */
export function requestReport(work: Work, key: Hash): void {
  if (!exchangeOnce(work, `ask report ${key}`)) return;
  broadcast(work, own(work.state, { kind: "request", what: "report", key } as const));
}

function awaitedProposal(state: EpochState): StoredProposal | undefined {
  return state.step === "propose" ? roundOf(state, state.round).proposal : undefined;
}

function voted(work: Work, kind: "prevote" | "precommit", valueId: Hash): true {
  vote(work, kind, valueId);
  return true;
}

function vote(work: Work, kind: "prevote" | "precommit", valueId: Hash): void {
  const step: Step = kind;
  update(work, { step });
  sayOnce(work, own(work.state, { kind, round: work.state.round, valueId } as const));
}
