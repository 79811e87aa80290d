/** What only contracts may call of each other, called by people. */
import { NODE } from "../model/deeds.js";
import { tokenOf } from "../model/merkle.js";
import { Refused } from "../model/refusal.js";
import type { Action, Context, Step } from "../walk/context.js";

export const INTRUSIONS: readonly Action[] = [{ name: "intrude", weight: 3, draw: drawIntrusion }];

function drawIntrusion(context: Context): Step {
  const { random } = context;
  const sender = context.actor();
  const token = tokenOf(random.pick(context.deeds(NODE)));
  const [contract, call, args, reason] = random.pick([
    ["nodeDeed", "issue", [sender, 1], "NodeDeed_NotSale"],
    ["nodeDeed", "recordAssociation", [token, 0], "Deed_NotNodeRegistry"],
    ["nodeDeed", "recordClaim", [token, 255, 1], "Deed_NotRewards"],
    ["nodes", "onDeedTransfer", [token], "NodeRegistry_NotDeedContract"],
    ["oracles", "ejectSigners", [1, 7], "OracleRegistry_NotLedger"],
  ] as const);
  const model = () => {
    throw new Refused(reason);
  };
  return { sender, contract, call, args, model };
}
