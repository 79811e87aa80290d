import { action } from "../lib/action.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { parseAddress } from "../lib/names.js";

interface RemoveArguments extends GovernorArguments {
  readonly oracle: string;
}

export default action<RemoveArguments>(async (args, session) => {
  const oracle = parseAddress(args.oracle, "oracle");
  const { oracleRegistry } = (await session.protocol()).contracts;
  return govern(args, session, {
    label: `removing oracle ${oracle}`,
    transaction: await oracleRegistry.removeOracle.populateTransaction(oracle),
    done: () => ({ json: { oracle }, lines: [`Removed oracle ${oracle}.`] }),
  });
});
