import {
  approveOperator,
  banOperator,
  isApproved,
  operatorOf,
  revoke,
  setPayee,
  unbanOperator,
} from "../model/operators.js";
import { NOBODY, type State } from "../model/state.js";
import type { Action, Context, Step } from "../walk/context.js";

export const OPERATOR_ACTIONS: readonly Action[] = [
  { name: "approveOperator", weight: 5, draw: drawApprove, isUrgent: (state) => approvedIn(state) < FEWEST_APPROVED },
  { name: "revoke", weight: 3, draw: drawRevoke },
  { name: "banOperator", weight: 3, draw: drawBan },
  { name: "unbanOperator", weight: 5, draw: drawUnban, isUrgent: (state) => bannedIn(state) > MOST_BANNED },
  { name: "setPayee", weight: 2, draw: drawSetPayee },
];

/** Where few may do anything, little happens. */
const FEWEST_APPROVED = 5;
const MOST_BANNED = 1;

function approvedIn(state: State): number {
  return [...state.operators.keys()].filter((account) => isApproved(state, account)).length;
}

function bannedIn({ operators }: State): number {
  return [...operators.values()].filter(({ banned }) => banned).length;
}

function drawApprove(context: Context): Step {
  const { random, now } = context;
  const sender = context.holder("compliance");
  const unapproved = context.where((state, actor) => !isApproved(state, actor));
  const who = random.once(20) ? NOBODY : random.mostly(unapproved, context.cast.actors);
  const until = now + (random.once(4) ? random.pick([0, 1, 30_000, 50_000]) : 10 ** 7);
  const verification = random.once(12) ? 0 : 1 + random.below(2);
  return registry(sender, "approve", [who, until, verification], (state) =>
    approveOperator(state, sender, who, until, verification),
  );
}

function drawRevoke(context: Context): Step {
  const sender = context.holder("compliance");
  const who = context.actor();
  return registry(sender, "revoke", [who], (state) => revoke(state, sender, who));
}

function drawBan(context: Context): Step {
  const { random } = context;
  const sender = context.holder("compliance");
  const who = random.once(20) ? NOBODY : context.actor();
  const reason = random.once(10) ? "" : "sanctioned";
  return registry(sender, "ban", [who, reason], (state) => banOperator(state, sender, who, reason));
}

function drawUnban(context: Context): Step {
  const sender = context.holder("compliance");
  const who = context.random.mostly(context.banned(), context.cast.actors);
  return registry(sender, "unban", [who], (state) => unbanOperator(state, sender, who));
}

function drawSetPayee(context: Context): Step {
  const { random, cast } = context;
  const sender = context.actor();
  const { payee } = operatorOf(context.state, sender);
  const next = payee === NOBODY ? random.pick([...cast.payees, context.actor()]) : NOBODY;
  return registry(sender, "setPayee", [next], (state) => setPayee(state, sender, next));
}

function registry(sender: string, call: string, args: readonly unknown[], model: Step["model"]): Step {
  return { sender, contract: "operators", call, args, model };
}
