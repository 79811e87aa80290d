import { KeeperError } from "../../keepers/core/errors.js";
import { action } from "../lib/action.js";
import { managerEvents, waitingOperations } from "../lib/roles.js";
import { answerOf, send } from "../lib/send.js";
import type { GovernorArguments } from "../lib/govern.js";

interface CancelArguments extends GovernorArguments {
  readonly operation: string;
}

export default action<CancelArguments>(async ({ operation, calldata }, session) => {
  const protocol = await session.protocol();
  const label = "reading what is scheduled";
  const events = await session.terminal.during(label, (relabel) => managerEvents(protocol, relabel));
  const waiting = await waitingOperations(protocol, events);
  const found = waiting.find(({ id }) => id === operation.toLowerCase());
  if (found === undefined) {
    const message = `${operation} is not scheduled: it was done, cancelled, or never was; see governance:show`;
    throw new KeeperError("NOT_SCHEDULED", message);
  }
  const { caller, target, data } = found;
  const transaction = await protocol.contracts.accessManager.cancel.populateTransaction(caller, target, data);
  if (calldata) {
    const { to, data: bytes } = transaction;
    const lines = ["For a multisig, which needs no delay for it:", `to    ${to}`, "value 0", `data  ${bytes}`];
    return { json: { to, value: "0", data: bytes }, lines };
  }
  const outcome = await send(session, { label: `cancelling ${operation}`, transaction });
  return answerOf(outcome, () => ({ json: { operation }, lines: [`Cancelled ${operation}.`] }));
});
