import { KeeperError } from "../../keepers/core/errors.js";
import { DeedKind, parseDeedId } from "../../keepers/protocol/deedId.js";
import { action } from "../lib/action.js";
import { formatR1 } from "../lib/amounts.js";
import { deedName, parseDeed } from "../lib/names.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments } from "../lib/session.js";

interface PayHeldArguments extends SenderArguments {
  readonly deed: string;
}

export default action<PayHeldArguments>(async (args, session) => {
  const deed = parseDeed(args.deed);
  const { kind, tokenId } = parseDeedId(deed);
  if (kind !== DeedKind.NODE)
    throw new KeeperError("DEED_INVALID", `${deedName(deed)}: only Node Deeds are paid for jobs`);
  const { jobEscrow } = (await session.protocol()).contracts;
  const amount = await jobEscrow.heldOf(tokenId);
  const transaction = await jobEscrow.payHeld.populateTransaction(tokenId);
  const outcome = await send(session, { label: `paying what was held for ${deedName(deed)}`, transaction });
  return answerOf(outcome, () => ({
    json: { deed: deedName(deed), amount },
    lines: [`Paid ${formatR1(amount)} that were held for ${deedName(deed)}.`],
  }));
});
