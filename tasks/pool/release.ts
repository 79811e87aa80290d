import { action } from "../lib/action.js";
import { formatR1, parseR1 } from "../lib/amounts.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { parseAddress } from "../lib/names.js";
import { poolOf, publicText } from "../lib/pools.js";

interface ReleaseArguments extends GovernorArguments {
  readonly pool: string;
  readonly to: string;
  readonly amount: string;
  readonly purpose: string | undefined;
}

export default action<ReleaseArguments>(async (args, session) => {
  const { pool } = args;
  const to = parseAddress(args.to, "to");
  const amount = parseR1(args.amount, "amount");
  const purpose = publicText(args.purpose, "--purpose");
  const treasury = poolOf((await session.protocol()).contracts, pool);
  return govern(args, session, {
    label: `releasing ${formatR1(amount)} of ${pool}`,
    transaction: await treasury.release.populateTransaction(to, amount, purpose),
    done: () => ({ json: { pool, to, amount, purpose }, lines: [`Released ${formatR1(amount)} of ${pool} to ${to}.`] }),
  });
});
