import { action } from "../lib/action.js";
import { parseAddress } from "../lib/names.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments } from "../lib/session.js";
import { formatTime } from "../lib/times.js";

interface ChallengeArguments extends SenderArguments {
  readonly oracle: string;
}

export default action<ChallengeArguments>(async (args, session) => {
  const oracle = parseAddress(args.oracle, "oracle");
  const { oracleRegistry } = (await session.protocol()).contracts;
  const transaction = await oracleRegistry.challenge.populateTransaction(oracle);
  const outcome = await send(session, { label: `challenging oracle ${oracle}`, transaction });
  return answerOf(outcome, async () => {
    const { deadline } = await oracleRegistry.challengeOf(oracle);
    const line = `Challenged oracle ${oracle}: it has to answer until ${formatTime(deadline)}, or anybody can remove it.`;
    return { json: { oracle, deadline }, lines: [line] };
  });
});
