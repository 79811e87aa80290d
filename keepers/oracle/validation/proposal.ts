import { ENVELOPE_BYTES, type MessageOf } from "../../protocol/oracleMessages.js";
import { valueBytes, valueId } from "../../protocol/oracleValue.js";
import { isTooFar } from "./rounds.js";
import { MOST_ORACLES } from "./sizes.js";
import { ACCEPT, refuse, type Verdict } from "./verdict.js";
import type { EpochView } from "./views.js";

/** Two rounds and a value with a report of every oracle. */
export const PROPOSAL_BYTES = ENVELOPE_BYTES + 4 + 4 + valueBytes(MOST_ORACLES);

/** The first PROPOSAL of a round's leader counts; what its value is worth is judged when it is voted on. */
export function validateProposal(
  { epoch, sender, round, validRound, value }: MessageOf<"proposal">,
  { config, round: current, rounds }: EpochView,
): Verdict<"not-the-leader" | "round-too-far" | "duplicate" | "equivocation"> {
  if (config.leaders[round % config.leaders.length] !== sender) return refuse("not-the-leader");
  if (isTooFar(round, current)) return refuse("round-too-far");
  const first = rounds.get(round)?.proposal;
  if (!first) return ACCEPT;
  const isSame = first.id === valueId(epoch, value) && first.message.validRound === validRound;
  return refuse(isSame ? "duplicate" : "equivocation");
}
