import type { MessageOf } from "../../protocol/oracleMessages.js";
import type { Verdict } from "./verdict.js";
import type { EpochView } from "./views.js";
import { validateVote, type VoteCode } from "./vote.js";

/** The first PREVOTE of a member in a round counts. */
export function validatePrevote(message: MessageOf<"prevote">, view: EpochView): Verdict<VoteCode> {
  return validateVote("prevotes", message, view);
}
