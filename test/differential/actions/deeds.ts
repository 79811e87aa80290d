import {
  approveDeed,
  approveForAll,
  banDeed,
  GENESIS,
  issueGenesis,
  issueMaster,
  MASTER,
  MASTER_LARGEST,
  NODE,
  transferDeed,
  unbanDeed,
} from "../model/deeds.js";
import { taken } from "../model/jobs.js";
import { deedId, kindOf, tokenOf } from "../model/merkle.js";
import { NOBODY } from "../model/state.js";
import type { Action, Context, Step } from "../walk/context.js";

export const DEED_ACTIONS: readonly Action[] = [
  { name: "transferDeed", weight: 6, draw: (context) => drawTransfer(context, "transferFrom") },
  {
    name: "safeTransferDeed",
    weight: 2,
    draw: (context) => drawTransfer(context, "safeTransferFrom(address,address,uint256)"),
  },
  { name: "approveDeed", weight: 3, draw: drawApprove },
  { name: "approveForAll", weight: 4, draw: drawApproveForAll },
  { name: "banDeed", weight: 3, draw: drawBan },
  {
    name: "unbanDeed",
    weight: 4,
    draw: drawUnban,
    isUrgent: ({ deeds, held }) =>
      held.size > 0 || [...deeds.values()].filter(({ banned }) => banned).length > MOST_BANNED,
  },
  { name: "issueMaster", weight: 3, draw: drawIssueMaster },
  { name: "issueGenesis", weight: 3, draw: drawIssueGenesis },
];

const MOST_BANNED = 2;

const COLLECTIONS: Readonly<Record<string, string>> = { 1: "nodeDeed", 2: "masterDeed", 3: "genesisDeed" };

/** The contract that a deed is of. */
export function collectionOf(deed: bigint): string {
  return COLLECTIONS[String(kindOf(deed))]!;
}

/** Mostly by its owner, or by somebody who was allowed to. */
function drawTransfer(context: Context, call: string): Step {
  const { random, state } = context;
  const deed = random.once(8) ? random.pick(context.deeds()) : context.nodeDeed();
  const record = state.deeds.get(deed);
  const owner = record?.owner ?? context.actor();
  const sender = random.mostly(mayMove(context, deed, owner, record?.approved), context.cast.actors);
  const from = random.once(10) ? context.actor() : owner;
  const to = random.once(10) ? NOBODY : context.approved();
  return onDeed(sender, deed, call, [from, to, tokenOf(deed)], (after) => transferDeed(after, sender, from, to, deed));
}

function mayMove({ state, cast }: Context, deed: bigint, owner: string, approved = NOBODY): string[] {
  const operators = cast.actors.filter((actor) => state.deedOperators.has([kindOf(deed), owner, actor].join(">")));
  return [owner, approved, ...operators].filter((account) => account !== NOBODY && cast.wallets.has(account));
}

function drawApprove(context: Context): Step {
  const { random, state } = context;
  const deed = random.once(6) ? random.pick(context.deeds()) : context.nodeDeed();
  const owner = state.deeds.get(deed)?.owner ?? context.actor();
  const sender = random.once(3) ? context.actor() : owner;
  const to = random.once(5) ? NOBODY : context.actor();
  return onDeed(sender, deed, "approve", [to, tokenOf(deed)], (after) => approveDeed(after, sender, deed, to));
}

function drawApproveForAll(context: Context): Step {
  const { random } = context;
  const sender = context.actor();
  const operator = random.once(4) ? NOBODY : context.actor();
  const kind = random.pick([NODE, NODE, MASTER]);
  const isOn = random.once(2);
  return onDeed(sender, kind << 248n, "setApprovalForAll", [operator, isOn], (state) =>
    approveForAll(state, sender, kind, operator, isOn),
  );
}

function drawBan(context: Context): Step {
  const { random } = context;
  const sender = context.holder("compliance");
  const serving = context.state.jobs.flatMap(taken).map(({ token }) => deedId(NODE, token));
  const deed = random.mostly(serving, random.once(2) ? [context.nodeDeed()] : context.deeds());
  const reason = random.once(10) ? "" : "stolen";
  return onDeed(sender, deed, "ban", [tokenOf(deed), reason], (state) => banDeed(state, sender, deed, reason));
}

function drawUnban(context: Context): Step {
  const { random, state } = context;
  const sender = context.holder("compliance");
  const banned = context.deeds().filter((deed) => state.deeds.get(deed)!.banned);
  const deed = random.mostly(banned, [context.nodeDeed()]);
  return onDeed(sender, deed, "unban", [tokenOf(deed)], (after) => unbanDeed(after, sender, deed));
}

function drawIssueMaster(context: Context): Step {
  const { random } = context;
  const sender = context.holder("governance");
  const to = context.approved();
  const few = random.upTo(10n ** 20n);
  const allocation = random.pick([0n, MASTER_LARGEST, MASTER_LARGEST, MASTER_LARGEST, MASTER_LARGEST + 1n, few + 1n]);
  return onDeed(sender, MASTER << 248n, "issue", [to, allocation], (state) =>
    issueMaster(state, sender, to, allocation),
  );
}

function drawIssueGenesis(context: Context): Step {
  const sender = context.holder("governance");
  const to = context.approved();
  return onDeed(sender, GENESIS << 248n, "issue", [to], (state) => issueGenesis(state, sender, to));
}

function onDeed(sender: string, deed: bigint, call: string, args: readonly unknown[], model: Step["model"]): Step {
  return { sender, contract: collectionOf(deed), call, args, model };
}
