import { action } from "../lib/action.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { parseAddress } from "../lib/names.js";
import { parseRole } from "../lib/roles.js";

interface RevokeArguments extends GovernorArguments {
  readonly role: string;
  readonly account: string;
}

export default action<RevokeArguments>(async (args, session) => {
  const { role } = args;
  const [id, account] = [parseRole(role), parseAddress(args.account, "account")];
  const { accessManager } = (await session.protocol()).contracts;
  return govern(args, session, {
    label: `taking ${role} from ${account}`,
    transaction: await accessManager.revokeRole.populateTransaction(id, account),
    done: () => ({ json: { role, account }, lines: [`${account} is not ${role} any more.`] }),
  });
});
