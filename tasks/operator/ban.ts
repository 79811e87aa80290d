import { KeeperError } from "../../keepers/core/errors.js";
import { action } from "../lib/action.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { parseAddress } from "../lib/names.js";

interface BanArguments extends GovernorArguments {
  readonly operator: string;
  readonly reason: string | undefined;
}

export default action<BanArguments>(async (args, session) => {
  const operator = parseAddress(args.operator, "operator");
  const reason = args.reason?.trim() ?? "";
  if (reason === "") throw new KeeperError("REASON_MISSING", "a ban needs --reason: it is public and kept on chain");
  const { operatorRegistry } = (await session.protocol()).contracts;
  return govern(args, session, {
    label: `banning ${operator}`,
    transaction: await operatorRegistry.ban.populateTransaction(operator, reason),
    done: () => ({ json: { operator, reason }, lines: [`Banned ${operator}: ${reason}`] }),
  });
});
