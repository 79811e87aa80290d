import type { ChainFollower } from "../../chain/chainFollower.js";
import { linksAt } from "../../chain/selectors.js";
import { errorCode } from "../../core/errors.js";
import type { Address } from "../../protocol/bytes.js";
import type { EpochClock } from "../../protocol/epochClock.js";
import type { EpochReport } from "../../protocol/typedData.js";
import type { EpochChain, EpochSnapshot } from "./types.js";

/** The agreement's view of the chain, on a follower that has started. */
export class FollowedEpochChain implements EpochChain {
  readonly #follower: ChainFollower;
  readonly #clock: EpochClock;

  constructor(options: { readonly epochClock: EpochClock }, dependencies: { readonly follower: ChainFollower }) {
    this.#clock = options.epochClock;
    this.#follower = dependencies.follower;
  }

  async snapshotOf(epoch: bigint): Promise<EpochSnapshot | undefined> {
    try {
      const { block, state } = await this.#follower.stateAtTime(this.#clock.end(epoch));
      return { links: linksAt(state, block.timestamp), oracles: state.oracles.map(({ address }) => address) };
    } catch (error) {
      if (errorCode(error) === "STATE_NOT_KNOWN_YET") return undefined;
      throw error;
    }
  }

  lastCommit(): EpochReport | undefined {
    return this.#follower.view.state.lastCommit;
  }

  previousCommit(): EpochReport | undefined {
    return this.#follower.view.state.lastCommit?.previous;
  }

  oracles(): readonly Address[] {
    return this.#follower.view.state.oracles.map(({ address }) => address);
  }

  onChange(listener: () => void): () => void {
    return this.#follower.subscribe(({ type }) => {
      if (type !== "event") listener();
    });
  }
}
