import { action } from "../lib/action.js";
import { parseRole } from "../lib/roles.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments } from "../lib/session.js";

interface RenounceArguments extends SenderArguments {
  readonly role: string;
}

export default action<RenounceArguments>(async ({ role }, session) => {
  const { accessManager } = (await session.protocol()).contracts;
  const account = (await session.signer()).address;
  const transaction = await accessManager.renounceRole.populateTransaction(parseRole(role), account);
  const outcome = await send(session, { label: `giving up ${role}`, transaction });
  return answerOf(outcome, () => ({ json: { role, account }, lines: [`${account} is not ${role} any more.`] }));
});
