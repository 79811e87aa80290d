import { CLASS_IDS } from "../actions/market.js";
import { quote, rateOf } from "../model/prices.js";
import type { State } from "../model/state.js";
import { allowanceOf, balanceOf, nonceOf } from "../model/token.js";
import { reachedOf, releasable, releasedOf } from "../model/treasury.js";
import type { Cast } from "../walk/context.js";
import { type View, view, viewOr } from "./view.js";

const COUNTS = [0, 1, 100, 101];
const RATES = CLASS_IDS.flatMap((id) => [0, 104].map((gpu) => [id, gpu] as const));

/** R1: every balance, allowance and nonce, and the sums. */
export function tokenViews(state: State, { actors, payees, nodes }: Cast): View[] {
  const { addresses, roles } = state.setting;
  const accounts = new Set([...actors, ...payees, ...nodes, ...Object.values(addresses), ...Object.values(roles)]);
  return [
    view("r1", "totalMinted", [], state.minted),
    view("r1", "totalBurned", [], state.burned),
    view("r1", "totalSupply", [], state.minted - state.burned),
    ...[...accounts].map((account) => view("r1", "balanceOf", [account], balanceOf(state, account))),
    ...[...state.allowances.keys()].map((key) => {
      const [owner, spender] = key.split(">") as [string, string];
      return view("r1", "allowance", [owner, spender], allowanceOf(state, owner, spender));
    }),
    ...actors.map((actor) => view("r1", "nonces", [actor], nonceOf(state, actor))),
  ];
}

export function poolViews(state: State): View[] {
  return state.setting.pools.flatMap(({ name }) => [
    view(name, "releasable", [], releasable(state, name)),
    view(name, "released", [], releasedOf(state, name)),
    view(name, "milestonesReached", [], reachedOf(state, name)),
  ]);
}

export function priceViews(state: State): View[] {
  const { sale, catalog } = state.feedConfigs;
  return [
    view("sale", "feedConfig", [], sale),
    view("catalog", "feedConfig", [], catalog),
    ...COUNTS.map((count) =>
      viewOr("sale", "quote", [count], () => {
        const { dollars, payment } = quote(state, count);
        return [dollars, payment];
      }),
    ),
    ...RATES.map(([id, gpu]) => viewOr("catalog", "rateOf", [id, gpu], () => [rateOf(state, id, gpu)])),
    ...[...state.classes].map(([id, terms]) => view("catalog", "classOf", [id], terms)),
    ...["sale", "nodes", "ledger", "escrow"].map((name) => view(name, "paused", [], state.paused.has(name))),
  ];
}
