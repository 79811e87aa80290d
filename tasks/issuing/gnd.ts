import { action } from "../lib/action.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { parseAddress } from "../lib/names.js";

interface IssueArguments extends GovernorArguments {
  readonly operator: string;
}

export default action<IssueArguments>(async (args, session) => {
  const operator = parseAddress(args.operator, "operator");
  const { genesisNodeDeed } = (await session.protocol()).contracts;
  return govern(args, session, {
    label: "issuing the Genesis Node Deed",
    transaction: await genesisNodeDeed.issue.populateTransaction(operator),
    done: () => ({ json: { deed: "GND:1", operator }, lines: [`Issued GND:1 to ${operator}.`] }),
  });
});
