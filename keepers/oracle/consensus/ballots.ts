import { type Address } from "../../protocol/bytes.js";
import { type DecodedOracleMessage, type MessageOf } from "../../protocol/oracleMessages.js";
import { valueId, ZERO_HASH } from "../../protocol/oracleValue.js";
import { leaderOf } from "./rounds.js";
import { type EpochState } from "./types.js";
import { addVote, voteOf } from "./votes.js";
import { memberOf, once, reject, roundOf, updateMember, updateRound, type Work } from "./work.js";

/** Rounds beyond the current one in which messages are kept; further ones only count towards following the others. */
export const ROUNDS_AHEAD = 8;

/** Takes the first proposal of a round's leader; another one is evidence. */
export function onProposal(work: Work, decoded: DecodedOracleMessage, message: MessageOf<"proposal">): void {
  const { sender, round } = message;
  if (leaderOf(work.state, round) !== sender) return reject(work, sender, "not-the-leader");
  if (!noteRound(work, sender, round)) return reject(work, sender, "round-too-far");
  const { proposal } = roundOf(work.state, round);
  const id = valueId(message.epoch, message.value);
  if (!proposal) return updateRound(work, round, { proposal: { message, id, envelope: decoded.envelope } });
  if (proposal.id === id && proposal.message.validRound === message.validRound)
    return reject(work, sender, "duplicate");
  if (!once(work, round, "leaderAccused")) return reject(work, sender, "equivocation");
  accuse(work, "proposal", sender, proposal.envelope, decoded.envelope);
}

/** Takes a vote: see `addVote` for what happens to a second one. */
export function onVote(work: Work, decoded: DecodedOracleMessage, message: MessageOf<"prevote" | "precommit">): void {
  const { sender, round } = message;
  if (!noteRound(work, sender, round)) return reject(work, sender, "round-too-far");
  const step = message.kind === "prevote" ? "prevotes" : "precommits";
  const vote = voteOf(decoded, message.valueId);
  const outcome = addVote(roundOf(work.state, round)[step], sender, vote, isProposed(work.state, message.valueId));
  if (outcome.type === "duplicate") return reject(work, sender, "duplicate");
  if (outcome.set !== roundOf(work.state, round)[step]) updateRound(work, round, { [step]: outcome.set });
  if (outcome.type !== "conflict") return;
  if (outcome.isNew) accuse(work, message.kind, sender, outcome.first.envelope, decoded.envelope);
  else reject(work, sender, "equivocation");
}

/** Whether an honest member may vote for it: nil, or a proposed value. */
function isProposed(state: EpochState, id: string): boolean {
  return id === ZERO_HASH || [...state.rounds.values()].some(({ proposal }) => proposal?.id === id);
}

/** Remembers how far a member is; false when that is too far ahead to keep what it says. */
function noteRound(work: Work, member: Address, round: number): boolean {
  if (round > memberOf(work.state, member).highestRound) updateMember(work, member, { highestRound: round });
  return round <= Math.max(work.state.round, 0) + ROUNDS_AHEAD;
}

function accuse(
  work: Work,
  offence: "proposal" | "prevote" | "precommit",
  member: Address,
  first: Uint8Array,
  second: Uint8Array,
): void {
  reject(work, member, "equivocation");
  work.effects.push({ type: "evidence", offence, member, first, second });
}
