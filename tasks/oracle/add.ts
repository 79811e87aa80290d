import { action } from "../lib/action.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { parseAddress } from "../lib/names.js";

interface AddArguments extends GovernorArguments {
  readonly node: string;
}

export default action<AddArguments>(async (args, session) => {
  const node = parseAddress(args.node, "node");
  const { oracleRegistry } = (await session.protocol()).contracts;
  return govern(args, session, {
    label: `adding oracle ${node}`,
    transaction: await oracleRegistry.addOracle.populateTransaction(node),
    done: () => ({ json: { oracle: node }, lines: [`Added oracle ${node}.`] }),
  });
});
