import type { Action } from "../walk/context.js";
import { CLAIM_ACTIONS } from "./claims.js";
import { DEED_ACTIONS } from "./deeds.js";
import { EPOCH_ACTIONS } from "./epochs.js";
import { INTRUSIONS } from "./intrusions.js";
import { JOB_ACTIONS } from "./jobs.js";
import { MARKET_ACTIONS } from "./market.js";
import { NODE_ACTIONS } from "./nodes.js";
import { OPERATOR_ACTIONS } from "./operators.js";
import { ORACLE_ACTIONS } from "./oracles.js";
import { SETTLEMENT_ACTIONS } from "./settlements.js";
import { TOKEN_ACTIONS } from "./token.js";
import { TREASURY_ACTIONS } from "./treasury.js";

/** Everything that anybody can do. */
export const ACTIONS: readonly Action[] = [
  ...TOKEN_ACTIONS,
  ...OPERATOR_ACTIONS,
  ...DEED_ACTIONS,
  ...MARKET_ACTIONS,
  ...NODE_ACTIONS,
  ...ORACLE_ACTIONS,
  ...EPOCH_ACTIONS,
  ...CLAIM_ACTIONS,
  ...TREASURY_ACTIONS,
  ...JOB_ACTIONS,
  ...SETTLEMENT_ACTIONS,
  ...INTRUSIONS,
];
