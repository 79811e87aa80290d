import { action } from "../lib/action.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { parseAddress } from "../lib/names.js";
import { parseRole } from "../lib/roles.js";
import { formatDuration } from "../lib/times.js";

interface GrantArguments extends GovernorArguments {
  readonly role: string;
  readonly account: string;
  readonly delay: number;
}

export default action<GrantArguments>(async (args, session) => {
  const { role, delay } = args;
  const [id, account] = [parseRole(role), parseAddress(args.account, "account")];
  const { accessManager } = (await session.protocol()).contracts;
  const pace = delay === 0 ? "at once" : `after ${formatDuration(BigInt(delay))}`;
  return govern(args, session, {
    label: `making ${account} ${role}`,
    transaction: await accessManager.grantRole.populateTransaction(id, account, delay),
    done: () => ({ json: { role, account, delay }, lines: [`${account} is ${role}, and acts ${pace}.`] }),
  });
});
