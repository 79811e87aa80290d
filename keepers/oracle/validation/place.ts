import type { OracleHeader } from "../../protocol/oracleMessages.js";
import { ACCEPT, refuse, type Verdict } from "./verdict.js";
import type { EpochView } from "./views.js";

/** Whether a message belongs to an agreement: of a member of its set, about its epoch, in its attempt. */
export function validatePlace(
  { sender, epoch, attempt }: OracleHeader,
  { config }: Pick<EpochView, "config">,
): Verdict<"not-a-member" | "wrong-epoch" | "wrong-attempt"> {
  if (!config.members.includes(sender)) return refuse("not-a-member");
  if (epoch !== config.epoch) return refuse("wrong-epoch");
  return attempt === config.attempt ? ACCEPT : refuse("wrong-attempt");
}
