import { MaxUint256 } from "ethers";

import { NOBODY, pair } from "../model/state.js";
import {
  allowanceOf,
  approve,
  balanceOf,
  burn,
  burnFrom,
  CAP,
  mint,
  nonceOf,
  type Permit,
  permit,
  permitDigest,
  transfer,
  transferFrom,
} from "../model/token.js";
import type { Action, Context, Step } from "../walk/context.js";

export const TOKEN_ACTIONS: readonly Action[] = [
  { name: "transfer", weight: 5, draw: drawTransfer },
  { name: "transferFrom", weight: 5, draw: drawTransferFrom },
  { name: "approve", weight: 4, draw: drawApprove },
  { name: "burn", weight: 4, draw: drawBurn },
  { name: "burnFrom", weight: 4, draw: drawBurnFrom },
  { name: "permit", weight: 3, draw: drawPermit },
  { name: "mint", weight: 4, draw: drawMint },
];

function drawTransfer(context: Context): Step {
  const sender = context.actor();
  const to = context.anybody();
  const balance = balanceOf(context.state, sender);
  const amount = context.random.once(4) ? balance + 1n : context.random.upTo(balance / 100n);
  return token(sender, "transfer", [to, amount], (state) => transfer(state, sender, to, amount));
}

function drawTransferFrom(context: Context): Step {
  const { from, sender, amount } = drawSpending(context);
  const to = context.anybody();
  return token(sender, "transferFrom", [from, to, amount], (state) => transferFrom(state, sender, from, to, amount));
}

function drawBurnFrom(context: Context): Step {
  const { from, sender, amount } = drawSpending(context);
  return token(sender, "burnFrom", [from, amount], (state) => burnFrom(state, sender, from, amount));
}

/** Somebody who spends what was allowed by somebody else. */
function drawSpending(context: Context) {
  const { state, random, cast } = context;
  const pairs = cast.actors.flatMap((from) => cast.actors.map((sender) => ({ from, sender })));
  const allowed = pairs.filter(({ from, sender }) => (state.allowances.get(pair(from, sender)) ?? 0n) > 0n);
  const { from, sender } = random.mostly(allowed, pairs);
  const [allowance, balance] = [allowanceOf(state, from, sender), balanceOf(state, from)];
  return { from, sender, amount: context.part(allowance < balance ? allowance : balance) };
}

/** Of other actors, and of the sale and the escrow, which take payments so. */
function drawApprove(context: Context): Step {
  const { state, random } = context;
  const sender = context.actor();
  const { sale, escrow } = state.setting.addresses;
  const spender = random.pick([sale!, sale!, escrow!, escrow!, context.actor(), NOBODY]);
  const isPayment = spender === sale || spender === escrow;
  const amount =
    random.once(3) || isPayment ? random.pick([MaxUint256, balanceOf(state, sender), 1n]) : random.upTo(10n ** 23n);
  return token(sender, "approve", [spender, amount], (after) => approve(after, sender, spender, amount));
}

function drawBurn(context: Context): Step {
  const sender = context.actor();
  const balance = balanceOf(context.state, sender);
  const amount = context.random.once(3) ? balance + 1n : context.random.upTo(balance / 1_000n);
  return token(sender, "burn", [amount], (state) => burn(state, sender, amount));
}

function drawPermit(context: Context): Step {
  const { random } = context;
  const owner = context.actor();
  const given = { owner, spender: context.actor(), value: random.upTo(10n ** 24n), deadline: context.deadline() };
  const signature = signPermit(context, given);
  const { r, s, v } = signature;
  const { spender, value, deadline } = given;
  return token(context.actor(), "permit", [owner, spender, value, deadline, v, r, s], (after) =>
    permit(after, given, signature),
  );
}

/** Mostly by its owner over the next nonce. */
export function signPermit(context: Context, given: Permit) {
  const { state, random } = context;
  const signer = random.once(8) ? context.actor() : given.owner;
  const nonce = nonceOf(state, given.owner) + (random.once(8) ? 1n : 0n);
  return context.sign(signer, permitDigest(state, given, nonce));
}

/** By anybody; and as the rewards contract, little or a wei above the cap. */
function drawMint(context: Context): Step {
  const { state, random } = context;
  const sender = random.once(3) ? context.actor() : state.setting.addresses["rewards"]!;
  const amount = random.once(3) ? CAP - state.minted + 1n : random.upTo(10n ** 18n);
  const to = context.anybody();
  return token(sender, "mint", [to, amount], (after) => mint(after, sender, to, amount));
}

function token(sender: string, call: string, args: readonly unknown[], model: Step["model"]): Step {
  return { sender, contract: "r1", call, args, model };
}
