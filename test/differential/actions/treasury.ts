import { reachMilestone, releasable, release } from "../model/treasury.js";
import type { Action, Context, Step } from "../walk/context.js";

export const TREASURY_ACTIONS: readonly Action[] = [
  { name: "reachMilestone", weight: 2, draw: drawMilestone },
  { name: "release", weight: 5, draw: drawRelease },
];

function drawMilestone(context: Context): Step {
  const { random, state } = context;
  const sender = context.holder("governance");
  const { name } = random.pick(state.setting.pools.filter(({ milestones }) => milestones.length > 0 || random.once(3)));
  const evidence = random.once(8) ? "" : "a report";
  return {
    sender,
    contract: name,
    call: "reachMilestone",
    args: [evidence],
    model: (after) => reachMilestone(after, sender, name, evidence),
  };
}

function drawRelease(context: Context): Step {
  const { random, state } = context;
  const sender = context.holder("treasurer");
  const { name } = random.pick(state.setting.pools);
  const given = {
    to: context.anybody(),
    amount: context.part(releasable(state, name)),
    purpose: random.once(10) ? "" : "grants",
  };
  const { to, amount, purpose } = given;
  return {
    sender,
    contract: name,
    call: "release",
    args: [to, amount, purpose],
    model: (after) => release(after, sender, name, given),
  };
}
