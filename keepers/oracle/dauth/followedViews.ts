import type { ChainFollower } from "../../chain/chainFollower.js";
import type { ProtocolState } from "../../chain/protocolState.js";
import { type Standing, standingOf } from "../../chain/selectors.js";
import type { Address } from "../../protocol/bytes.js";
import type { OracleDirectory, StandingSource } from "./chainViews.js";

/** What dAuth asks of the chain, from a follower that may not have read it yet. */
export class FollowedViews implements StandingSource, OracleDirectory {
  readonly #follower: Pick<ChainFollower, "view">;
  #started = false;
  #listed: ProtocolState["oracles"] = [];
  #addresses: readonly Address[] = [];

  constructor(dependencies: { readonly follower: Pick<ChainFollower, "view"> }) {
    this.#follower = dependencies.follower;
  }

  /** From now on the follower has a view. */
  started(): void {
    this.#started = true;
  }

  standingOf(node: Address, operator?: Address): Standing | undefined {
    if (!this.#started) return undefined;
    const { block, state } = this.#follower.view;
    return standingOf(state, node, block.timestamp, operator);
  }

  /** None before the chain was read. */
  oracles(): readonly Address[] {
    if (!this.#started) return [];
    const { oracles } = this.#follower.view.state;
    if (oracles !== this.#listed) {
      this.#listed = oracles;
      this.#addresses = oracles.map(({ address }) => address);
    }
    return this.#addresses;
  }
}
