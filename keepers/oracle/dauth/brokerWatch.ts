import type { ChainFollower } from "../../chain/chainFollower.js";
import type { Cancel, Clock } from "../../core/clock.js";
import type { BrokerAdmin } from "./brokerAdmin.js";

export interface BrokerWatchOptions {
  /** Milliseconds between two reviews while the chain stands still: how long after its expiry a credential may still be used. */
  readonly everyMs: number;
}

export interface BrokerWatchDependencies {
  readonly admin: BrokerAdmin;
  readonly follower: Pick<ChainFollower, "subscribe">;
  readonly clock: Clock;
}

/** Has the broker's clients reviewed with every block that is read, after every reorganisation, and as time passes. */
export class BrokerWatch {
  readonly #options: BrokerWatchOptions;
  readonly #dependencies: BrokerWatchDependencies;
  readonly #forget: () => void;
  #cancel: Cancel = () => undefined;

  constructor(options: BrokerWatchOptions, dependencies: BrokerWatchDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    const { follower, admin } = dependencies;
    this.#forget = follower.subscribe(({ type }) => {
      if (type !== "event") admin.review();
    });
    this.#tick();
  }

  /** Idempotent. */
  close(): void {
    this.#forget();
    this.#cancel();
  }

  #tick(): void {
    this.#dependencies.admin.review();
    this.#cancel = this.#dependencies.clock.schedule(this.#options.everyMs, () => this.#tick());
  }
}
