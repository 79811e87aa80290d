import type { State } from "../model/state.js";
import type { Cast } from "../walk/context.js";
import { ledgerViews, oracleViews } from "./epochs.js";
import { deedViews, nodeViews, operatorViews } from "./identities.js";
import { jobViews } from "./jobs.js";
import { poolViews, priceViews, tokenViews } from "./money.js";
import type { View } from "./view.js";

/** Everything that can be read of the protocol, as the model has it. */
export function allViews(state: State, cast: Cast): View[] {
  return [
    ...tokenViews(state, cast),
    ...poolViews(state),
    ...priceViews(state),
    ...operatorViews(state, cast),
    ...deedViews(state, cast),
    ...nodeViews(state, cast),
    ...oracleViews(state, cast),
    ...ledgerViews(state),
    ...jobViews(state),
  ];
}
