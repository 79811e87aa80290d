import { commitsAt } from "../../chain/activation.js";
import type { ChainFollower } from "../../chain/chainFollower.js";
import type { Oracle, ProtocolState } from "../../chain/protocolState.js";
import { linksAt } from "../../chain/selectors.js";
import { errorCode } from "../../core/errors.js";
import type { Address } from "../../protocol/bytes.js";
import type { EpochClock } from "../../protocol/epochClock.js";
import type { EpochReport } from "../../protocol/typedData.js";
import type { EpochChain, EpochSnapshot } from "./types.js";

export interface FollowedEpochChainOptions {
  readonly epochClock: EpochClock;
  /** The ledger's ACTIVATION_DELAY, seconds. */
  readonly activationDelay: number;
}

/** The agreement's view of the chain, on a follower that has started. */
export class FollowedEpochChain implements EpochChain {
  readonly #follower: ChainFollower;
  readonly #options: FollowedEpochChainOptions;

  constructor(options: FollowedEpochChainOptions, dependencies: { readonly follower: ChainFollower }) {
    this.#options = options;
    this.#follower = dependencies.follower;
  }

  async snapshotOf(epoch: bigint): Promise<EpochSnapshot | undefined> {
    const end = this.#options.epochClock.end(epoch);
    try {
      const { block, state } = await this.#follower.stateAtTime(end);
      const oracles = this.#membersOf(end, state).map(({ address }) => address);
      const isCurrent = () => (this.#follower.lastBlockBefore(end)?.hash ?? block.hash) === block.hash;
      return { links: linksAt(state, block.timestamp), oracles, attempt: this.attempt(), isCurrent };
    } catch (error) {
      if (errorCode(error) === "STATE_NOT_KNOWN_YET") return undefined;
      throw error;
    }
  }

  lastCommit(): EpochReport | undefined {
    return this.#state.lastCommit;
  }

  previousCommit(): EpochReport | undefined {
    return this.#state.lastCommit?.previous;
  }

  isPending(): boolean {
    const { state, block } = this.#follower.view;
    return commitsAt(state, this.#options.activationDelay, block.timestamp).pending !== undefined;
  }

  attempt(): number {
    return this.#state.attempts.count;
  }

  oracles(): readonly Address[] {
    return this.#state.oracles.map(({ address }) => address);
  }

  onChange(listener: () => void): () => void {
    return this.#follower.subscribe(({ type }) => {
      if (type !== "event") listener();
    });
  }

  get #state(): ProtocolState {
    return this.#follower.view.state;
  }

  /** The set at the epoch's end; but once an attempt began after that, those that were left then. */
  #membersOf(end: number, atEnd: ProtocolState): readonly Oracle[] {
    const { last } = this.#state.attempts;
    return last && last.timestamp >= end ? last.oracles : atEnd.oracles;
  }
}
