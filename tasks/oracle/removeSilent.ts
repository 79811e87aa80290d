import { action } from "../lib/action.js";
import { parseAddress } from "../lib/names.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments } from "../lib/session.js";

interface RemoveSilentArguments extends SenderArguments {
  readonly oracle: string;
}

export default action<RemoveSilentArguments>(async (args, session) => {
  const oracle = parseAddress(args.oracle, "oracle");
  const { oracleRegistry } = (await session.protocol()).contracts;
  const transaction = await oracleRegistry.removeSilent.populateTransaction(oracle);
  const outcome = await send(session, { label: `removing silent oracle ${oracle}`, transaction });
  return answerOf(outcome, () => ({ json: { oracle }, lines: [`Removed oracle ${oracle}: it did not answer.`] }));
});
