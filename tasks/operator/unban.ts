import { action } from "../lib/action.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { parseAddress } from "../lib/names.js";

interface UnbanArguments extends GovernorArguments {
  readonly operator: string;
}

export default action<UnbanArguments>(async (args, session) => {
  const operator = parseAddress(args.operator, "operator");
  const { operatorRegistry } = (await session.protocol()).contracts;
  return govern(args, session, {
    label: `lifting the ban of ${operator}`,
    transaction: await operatorRegistry.unban.populateTransaction(operator),
    done: () => ({
      json: { operator },
      lines: [`Lifted the ban of ${operator}: what it earned before is claimable again.`],
    }),
  });
});
