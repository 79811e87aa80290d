/** Dollar prices in R1, the price list of jobs, and the sale of Node Deeds. */
import { type SignatureLike } from "ethers";

import { issuedOf, issueNodeDeeds, NODE } from "./deeds.js";
import { isApproved } from "./operators.js";
import { refuseIf } from "./refusal.js";
import { type FeedConfig, type ResourceClass, restricted, type State, whenNotPaused } from "./state.js";
import { burnFrom, transferFrom, tryPermit } from "./token.js";

/** Dollars a deed, and deeds at that price. */
const TIERS = [
  [500, 89],
  [750, 144],
  [1_000, 233],
  [1_500, 377],
  [2_000, 610],
  [2_500, 987],
  [3_000, 1_597],
  [3_500, 2_584],
  [4_000, 4_181],
  [5_000, 6_765],
  [7_000, 10_946],
  [9_500, 17_711],
] as const;

const MOST_AT_ONCE = 100;
const CLASS_PRICE_DECIMALS = 8n;
const R1_DECIMALS = 18n;

type Reader = "sale" | "catalog";

export function updateFeed(state: State, feed: string, answer: bigint, round?: bigint, updatedAt?: number): void {
  const { decimals, round: before } = state.feeds.get(feed)!;
  state.feeds.set(feed, { decimals, round: round ?? before + 1n, answer, updatedAt: updatedAt ?? state.now });
}

export function configureFeed(state: State, sender: string, reader: Reader, config: FeedConfig): void {
  restricted(state, sender, "governance");
  const isSound = config.maxAge > 0 && config.least > 0n && config.least <= config.most;
  refuseIf(!isSound || !state.feeds.has(config.feed), "FeedReader_BadConfig");
  state.feedConfigs[reader] = config;
}

/** Wei, rounded up. @param dollars With `decimals` decimals. */
function inR1(state: State, reader: Reader, dollars: bigint, decimals: bigint): bigint {
  const { feed, maxAge, least, most } = state.feedConfigs[reader];
  const { round, answer, updatedAt, decimals: feedDecimals } = state.feeds.get(feed)!;
  refuseIf(round === 0n || updatedAt === 0, "PriceFeed_NoRound");
  refuseIf(answer <= 0n, "PriceFeed_NotPositive");
  refuseIf(updatedAt > state.now || updatedAt + maxAge < state.now, "PriceFeed_Stale");
  refuseIf(answer < least || answer > most, "PriceFeed_OutOfBounds");
  const wei = dollars * 10n ** (R1_DECIMALS + feedDecimals);
  const price = answer * 10n ** decimals;
  return (wei + price - 1n) / price;
}

export function setClass(state: State, sender: string, id: number, name: string, terms: ResourceClass): void {
  restricted(state, sender, "governance");
  refuseIf(id === 0, "ResourceCatalog_ZeroId");
  refuseIf(terms.price === 0n, "ResourceCatalog_ZeroPrice");
  refuseIf(name === "", "ResourceCatalog_NoName");
  state.classes.set(id, terms);
}

/** Wei per epoch and node. @param gpu Zero: none. */
export function rateOf(state: State, id: number, gpu: number): bigint {
  const price = priceOf(state, id, false) + (gpu === 0 ? 0n : priceOf(state, gpu, true));
  return inR1(state, "catalog", price, CLASS_PRICE_DECIMALS);
}

function priceOf({ classes }: State, id: number, isGpu: boolean): bigint {
  const found = classes.get(id);
  refuseIf(!found?.isOffered, "ResourceCatalog_NotOffered");
  refuseIf(found!.isGpu !== isGpu, "ResourceCatalog_WrongKind");
  return found!.price;
}

/** Whole dollars and wei for the next `count` deeds. */
export function quote(state: State, count: number): { readonly dollars: bigint; readonly payment: bigint } {
  refuseIf(count === 0, "NodeDeedSale_ZeroCount");
  refuseIf(count > MOST_AT_ONCE, "NodeDeedSale_TooMany");
  const sold = issuedOf(state, NODE);
  let dollars = 0n;
  for (let i = sold; i < sold + count; i++) dollars += dollarsOf(i);
  return { dollars, payment: inR1(state, "sale", dollars, 0n) };
}

/** @param index Of a deed, from 0 on. */
function dollarsOf(index: number): bigint {
  let end = 0;
  const tier = TIERS.find(([, units]) => index < (end += units));
  refuseIf(tier === undefined, "SaleTiers_SoldOut");
  return BigInt(tier![0]);
}

export interface Purchase {
  readonly count: number;
  readonly maxR1: bigint;
  readonly deadline: number;
  readonly recipient: string;
}

/** Half of the payment for liquidity, a fifth burned, the rest for operations. */
export function buy(state: State, sender: string, { count, maxR1, deadline, recipient }: Purchase): void {
  whenNotPaused(state, "sale");
  refuseIf(state.now > deadline, "NodeDeedSale_Expired");
  refuseIf(recipient !== sender && !isApproved(state, sender), "NodeDeedSale_NotApproved");
  const { payment } = quote(state, count);
  refuseIf(payment > maxR1, "NodeDeedSale_AboveMaximum");
  issueNodeDeeds(state, recipient, count);

  const { sale, liquidity, expenses } = state.setting.addresses;
  const forLiquidity = (payment * 50n) / 100n;
  const burned = (payment * 20n) / 100n;
  transferFrom(state, sale!, sender, liquidity!, forLiquidity);
  transferFrom(state, sale!, sender, expenses!, payment - forLiquidity - burned);
  burnFrom(state, sale!, sender, burned);
}

export function buyWithPermit(state: State, sender: string, purchase: Purchase, signature: SignatureLike): void {
  const { maxR1, deadline } = purchase;
  tryPermit(state, { owner: sender, spender: state.setting.addresses["sale"]!, value: maxR1, deadline }, signature);
  buy(state, sender, purchase);
}
