import type { MessageOf } from "../../protocol/oracleMessages.js";
import type { Verdict } from "./verdict.js";
import type { EpochView } from "./views.js";
import { validateVote, type VoteCode } from "./vote.js";

/** The first PRECOMMIT of a member in a round counts. */
export function validatePrecommit(message: MessageOf<"precommit">, view: EpochView): Verdict<VoteCode> {
  return validateVote("precommits", message, view);
}
