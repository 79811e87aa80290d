import type { Standing } from "../../chain/selectors.js";
import type { Address } from "../../protocol/bytes.js";

/** Who may work, as the chain has it now. */
export interface StandingSource {
  /** Undefined while the chain is not followed closely enough to tell. `operator`: who the node says owns its deed. */
  standingOf(node: Address, operator?: Address): Standing | undefined;
}

/** The oracle set now, ascending. */
export interface OracleDirectory {
  oracles(): readonly Address[];
}
