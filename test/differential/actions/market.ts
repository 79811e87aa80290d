import { buy, buyWithPermit, configureFeed, quote, rateOf, setClass, updateFeed } from "../model/prices.js";
import { Refused } from "../model/refusal.js";
import { pause, type State, unpause } from "../model/state.js";
import type { Action, Context, Step } from "../walk/context.js";
import { signPermit } from "./token.js";

const PAUSABLE = ["sale", "nodes", "ledger", "escrow"];
/** Classes and add-ons that the walk plays with. */
export const CLASS_IDS = [1, 4, 11, 101, 104, 7_777];

/** Wei: more than anybody has. */
const NO_PRICE = 10n ** 24n;

export const MARKET_ACTIONS: readonly Action[] = [
  { name: "buy", weight: 5, draw: drawBuy },
  { name: "buyWithPermit", weight: 3, draw: drawBuyWithPermit },
  { name: "updateFeed", weight: 6, draw: drawUpdateFeed, isUrgent: hasNoPrice },
  { name: "configureFeed", weight: 2, draw: drawConfigureFeed, isUrgent: hasNoPrice },
  { name: "setClass", weight: 5, draw: drawSetClass },
  { name: "pause", weight: 3, draw: drawPause },
  { name: "unpause", weight: 5, draw: drawUnpause, isUrgent: ({ paused }) => paused.size > 0 },
];

function drawBuy(context: Context): Step {
  const sender = context.approved();
  const purchase = drawPurchase(context, sender);
  const { count, maxR1, deadline, recipient } = purchase;
  return call(sender, "sale", "buy", [count, maxR1, deadline, recipient], (state) => buy(state, sender, purchase));
}

function drawBuyWithPermit(context: Context): Step {
  const sender = context.approved();
  const purchase = drawPurchase(context, sender);
  const { count, maxR1, deadline, recipient } = purchase;
  const given = { owner: sender, spender: context.state.setting.addresses["sale"]!, value: maxR1, deadline };
  const signature = signPermit(context, given);
  const { v, r, s } = signature;
  return call(sender, "sale", "buyWithPermit", [count, maxR1, deadline, recipient, v, r, s], (state) =>
    buyWithPermit(state, sender, purchase, signature),
  );
}

/** Mostly a few, at times all of a tier, or more than are sold at once. */
function drawPurchase(context: Context, sender: string) {
  const { random, state } = context;
  const count = random.once(8) ? random.pick([0, 50, 100, 101]) : 1 + random.below(4);
  const price = paymentFor(state, count);
  const maxR1 = random.once(12) && price > 0n ? price - 1n : price + random.upTo(10n ** 18n);
  const recipient = random.once(4) ? context.actor() : sender;
  return { count, maxR1, deadline: context.deadline(), recipient };
}

function hasNoPrice(state: State): boolean {
  return paymentFor(state, 1) >= NO_PRICE || whatItTakes(() => rateOf(state, 1, 0)) >= NO_PRICE;
}

function paymentFor(state: State, count: number): bigint {
  return whatItTakes(() => quote(state, count).payment);
}

function whatItTakes(model: () => bigint): bigint {
  try {
    return model();
  } catch (error) {
    if (error instanceof Refused) return NO_PRICE;
    throw error;
  }
}

/** Mostly a price near a dollar, and of now. */
function drawUpdateFeed(context: Context): Step {
  const { random, state, now } = context;
  const name = random.pick(["feed", "otherFeed"]);
  const feed = state.setting.addresses[name]!;
  const dollar = 10n ** state.feeds.get(feed)!.decimals;
  const sound = dollar / 2n + random.upTo(dollar);
  const answer = random.once(8) ? random.pick([0n, -dollar, 1n, dollar * 10_000_000n, 7n]) : sound;
  if (!random.once(12)) {
    return call(context.actor(), name, "updateAnswer", [answer], (after) => updateFeed(after, feed, answer));
  }
  const [round, updatedAt] = [BigInt(random.below(3)), random.pick([0, now - 39_999, now + 5_000, now])];
  return call(context.actor(), name, "updateRoundData", [round, answer, updatedAt, updatedAt], (after) =>
    updateFeed(after, feed, answer, round, updatedAt),
  );
}

function drawConfigureFeed(context: Context): Step {
  const { random, state } = context;
  const sender = context.holder("governance");
  const reader = random.pick(["sale", "catalog"] as const);
  const { feed, otherFeed } = state.setting.addresses;
  const config = {
    feed: random.once(12) ? context.actor() : random.pick([feed!, feed!, otherFeed!]),
    maxAge: random.once(12) ? 0 : random.pick([40_000, 200_000]),
    least: random.once(12) ? 0n : random.pick([1n, 10n]),
    most: random.once(12) ? 5n : random.pick([10n ** 14n, 2n ** 48n - 1n]),
  };
  return call(sender, reader, "configureFeed", [config], (after) => configureFeed(after, sender, reader, config));
}

function drawSetClass(context: Context): Step {
  const { random } = context;
  const sender = context.holder("governance");
  const id = random.once(8) ? 0 : random.pick(CLASS_IDS);
  const name = random.once(8) ? "" : "CLASS";
  const price = random.once(15) ? 0n : 1n + random.upTo(10n ** 9n);
  const resources = { milliCpu: 1 + random.below(9), memoryMiB: random.below(99), diskMiB: random.below(99) };
  const terms = { price, ...resources, isGpu: id > 100 && !random.once(6), isOffered: !random.once(12) };
  return call(sender, "catalog", "setClass", [id, name, terms], (state) => setClass(state, sender, id, name, terms));
}

function drawPause(context: Context): Step {
  const sender = context.holder("guardian", 3);
  const contract = context.random.pick(PAUSABLE);
  return call(sender, contract, "pause", [], (state) => pause(state, sender, contract));
}

function drawUnpause(context: Context): Step | undefined {
  const { random, state } = context;
  const sender = context.holder("governance");
  if (state.paused.size === 0 && !random.once(4)) return undefined;
  const contract = random.mostly([...state.paused], PAUSABLE);
  return call(sender, contract, "unpause", [], (after) => unpause(after, sender, contract));
}

function call(sender: string, contract: string, name: string, args: readonly unknown[], model: Step["model"]): Step {
  return { sender, contract, call: name, args, model };
}
