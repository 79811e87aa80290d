import { action } from "../lib/action.js";
import { parseAddress } from "../lib/names.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments } from "../lib/session.js";

interface EjectArguments extends SenderArguments {
  readonly oracle: string;
}

export default action<EjectArguments>(async (args, session) => {
  const oracle = parseAddress(args.oracle, "oracle");
  const { oracleRegistry } = (await session.protocol()).contracts;
  const transaction = await oracleRegistry.eject.populateTransaction(oracle);
  const outcome = await send(session, { label: `ejecting oracle ${oracle}`, transaction });
  return answerOf(outcome, () => ({ json: { oracle }, lines: [`Ejected oracle ${oracle}.`] }));
});
