import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { action } from "../lib/action.js";
import { formatR1, parseR1 } from "../lib/amounts.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { deedName, parseAddress } from "../lib/names.js";

interface IssueArguments extends GovernorArguments {
  readonly operator: string;
  readonly allocation: string;
}

export default action<IssueArguments>(async (args, session) => {
  const operator = parseAddress(args.operator, "operator");
  const allocation = parseR1(args.allocation, "allocation");
  const { masterNodeDeed } = (await session.protocol()).contracts;
  return govern(args, session, {
    label: "issuing a Master Node Deed",
    transaction: await masterNodeDeed.issue.populateTransaction(operator, allocation),
    done: ({ logs }) => {
      const issued = logs
        .map((log) => masterNodeDeed.interface.parseLog(log))
        .find((event) => event?.name === "MasterNodeDeedIssued");
      const deed = deedName(deedId(DeedKind.MASTER, issued?.args[0] as bigint));
      return {
        json: { deed, operator, allocation },
        lines: [`Issued ${deed} to ${operator}: it mines ${formatR1(allocation)}.`],
      };
    },
  });
});
