import { commitsAt } from "../../chain/activation.js";
import type { ChainFollower } from "../../chain/chainFollower.js";
import type { Oracle, ProtocolState } from "../../chain/protocolState.js";
import { seatsAt, spentServices } from "../../chain/jobSelectors.js";
import { linksAt } from "../../chain/selectors.js";
import { errorCode } from "../../core/errors.js";
import type { Address } from "../../protocol/bytes.js";
import type { EpochClock } from "../../protocol/epochClock.js";
import { quorum } from "../../protocol/quorum.js";
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
      const oracles = this.#membersOf(epoch, state).map(({ address }) => address);
      const isCurrent = () => (this.#follower.lastBlockBefore(end)?.hash ?? block.hash) === block.hash;
      const subjects = { links: linksAt(state, block.timestamp), seats: seatsAt(state, epoch) };
      const spent = spentServices(state, epoch);
      return { ...subjects, spent, oracles, attempt: this.attempt(), isCurrent };
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

  /**
   * Who was in the set when the epoch began and still is at its end, or was when the last attempt after it began. Who joined
   * since waits for the next epoch: a reorganisation of the last blocks may move an addition over the epoch's end, and oracles
   * that counted on different sets would be locked on what the others can never accept. A removal begins an attempt, which
   * tells the sets apart. Only where fewer are left than can decide anything the others count as well.
   */
  #membersOf(epoch: bigint, atEnd: ProtocolState): readonly Oracle[] {
    const { epochClock } = this.#options;
    const { last } = this.#state.attempts;
    const set = last && last.timestamp >= epochClock.end(epoch) ? last.oracles : atEnd.oracles;
    const seated = set.filter(({ since }) => since < epochClock.start(epoch));
    return seated.length >= quorum(seated.length) ? seated : set;
  }
}
