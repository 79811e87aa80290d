import { ENVELOPE_BYTES, type MessageOf } from "../../protocol/oracleMessages.js";
import { isTooFar } from "./rounds.js";
import { ACCEPT, refuse, type Verdict } from "./verdict.js";
import type { EpochView, RoundView } from "./views.js";

/** A round and a value's id. */
export const VOTE_BYTES = ENVELOPE_BYTES + 4 + 32;

export type VoteCode = "round-too-far" | "duplicate" | "equivocation";

/**
 * What both kinds of votes have in common. An oracle has one vote in a round: a second one for something else is evidence,
 * and may still count (see `addVote`).
 */
export function validateVote(
  step: keyof Pick<RoundView, "prevotes" | "precommits">,
  { sender, round, valueId }: MessageOf<"prevote" | "precommit">,
  { round: current, rounds }: EpochView,
): Verdict<VoteCode> {
  if (isTooFar(round, current)) return refuse("round-too-far");
  const votes = rounds.get(round)?.[step].get(sender) ?? [];
  if (votes.length === 0) return ACCEPT;
  return refuse(votes.some((vote) => vote.valueId === valueId) ? "duplicate" : "equivocation");
}
