import { type Address } from "../../protocol/bytes.js";
import { type DecodedOracleMessage, type MessageOf } from "../../protocol/oracleMessages.js";
import { valueId, ZERO_HASH } from "../../protocol/oracleValue.js";
import { KIND_RULES } from "../validation/registry.js";
import { type Verdict } from "../validation/verdict.js";
import { type EpochState } from "./types.js";
import { addVote, voteOf } from "./votes.js";
import { memberOf, once, reject, roundOf, updateMember, updateRound, type Work } from "./work.js";

export { ROUNDS_AHEAD } from "../validation/rounds.js";

/** Takes the first proposal of a round's leader; another one is evidence. */
export function onProposal(work: Work, decoded: DecodedOracleMessage, message: MessageOf<"proposal">): void {
  const { sender, round } = message;
  const verdict = KIND_RULES.proposal.validate(message, work.state);
  const code = verdict.outcome === "accept" ? undefined : verdict.code;
  if (code === "not-the-leader") return reject(work, sender, code);
  noteRound(work, sender, round);
  if (code === undefined) {
    const id = valueId(message.epoch, message.value);
    return updateRound(work, round, { proposal: { message, id, envelope: decoded.envelope } });
  }
  const first = roundOf(work.state, round).proposal;
  const isNews = first && code === "equivocation" && once(work, round, "leaderAccused");
  if (!isNews) return reject(work, sender, code);
  accuse(work, "proposal", sender, first.envelope, decoded.envelope);
}

/** Takes a vote: see `addVote` for what happens to a second one. */
export function onVote(work: Work, decoded: DecodedOracleMessage, message: MessageOf<"prevote" | "precommit">): void {
  const { sender, round } = message;
  const verdict = verdictOn(work, message);
  noteRound(work, sender, round);
  if (verdict.outcome !== "accept" && verdict.code !== "equivocation") return reject(work, sender, verdict.code);
  const step = message.kind === "prevote" ? "prevotes" : "precommits";
  const vote = voteOf(decoded, message.valueId);
  const outcome = addVote(roundOf(work.state, round)[step], sender, vote, isProposed(work.state, message.valueId));
  if (outcome.type === "duplicate") return;
  if (outcome.set !== roundOf(work.state, round)[step]) updateRound(work, round, { [step]: outcome.set });
  if (outcome.type !== "conflict") return;
  if (outcome.isNew) accuse(work, message.kind, sender, outcome.first.envelope, decoded.envelope);
  else reject(work, sender, "equivocation");
}

/** Whether an honest member may vote for it: nil, or a proposed value. */
function isProposed(state: EpochState, id: string): boolean {
  return id === ZERO_HASH || [...state.rounds.values()].some(({ proposal }) => proposal?.id === id);
}

function verdictOn({ state }: Work, message: MessageOf<"prevote" | "precommit">): Verdict {
  return message.kind === "prevote"
    ? KIND_RULES.prevote.validate(message, state)
    : KIND_RULES.precommit.validate(message, state);
}

/** Remembers how far a member is, even where that is too far ahead to keep what it says. */
function noteRound(work: Work, member: Address, round: number): void {
  if (round > memberOf(work.state, member).highestRound) updateMember(work, member, { highestRound: round });
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
