import { action } from "../lib/action.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { poolOf, publicText } from "../lib/pools.js";

interface MilestoneArguments extends GovernorArguments {
  readonly pool: string;
  readonly evidence: string | undefined;
}

export default action<MilestoneArguments>(async (args, session) => {
  const { pool } = args;
  const evidence = publicText(args.evidence, "--evidence");
  const treasury = poolOf((await session.protocol()).contracts, pool);
  return govern(args, session, {
    label: `recording a milestone of ${pool}`,
    transaction: await treasury.reachMilestone.populateTransaction(evidence),
    done: () => ({ json: { pool, evidence }, lines: [`The next milestone of ${pool} is reached: ${evidence}`] }),
  });
});
