import type { Cancel, Clock } from "../core/clock.js";
import { KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import { type Advertisement, advertisementTopic, signedAdvertisement } from "../protocol/advertisement.js";
import type { Address } from "../protocol/bytes.js";
import type { Signer } from "../protocol/signing.js";
import type { HeartbeatBus } from "./heartbeatSender.js";
import { Outage } from "./outage.js";
import { withTimeLimit } from "./timeLimit.js";

/** What a node offers to jobs; tags in any order. */
export type Offer = Pick<Advertisement, "capacity" | "load" | "country" | "tags" | "gateway">;

export interface AdvertiserOptions {
  readonly chainId: bigint;
  readonly nodeRegistry: Address;
  /** Milliseconds between two advertisements when nothing changes. */
  readonly intervalMs: number;
  /** Least time between two: oracles pass over what comes sooner. Also the time that sending one may take, and until a failed one is tried again. */
  readonly gapMs: number;
}

export const defaultAdvertiserOptions = { intervalMs: 60_000, gapMs: 6_000 } as const;

export interface AdvertiserDependencies {
  readonly key: Signer;
  readonly bus: HeartbeatBus;
  /** Undefined while the node offers nothing: it says nothing then. */
  readonly offer: () => Offer | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Tells the oracles what the node has for jobs: again and again, and soon after it changed. */
export class Advertiser {
  readonly #options: AdvertiserOptions;
  readonly #dependencies: AdvertiserDependencies;
  readonly #outage: Outage;
  #cancel: Cancel | undefined;
  /** When the next one is due; undefined before the start. */
  #dueAt: number | undefined;
  #triedAt = -Infinity;
  #lastTime = 0;
  #sent = 0;
  #isClosed = false;

  constructor(options: AdvertiserOptions, dependencies: AdvertiserDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#outage = new Outage({ what: "telling what this node offers" }, dependencies);
  }

  /** Advertisements that the bus took. */
  get sent(): number {
    return this.#sent;
  }

  /** Begins to tell, at once. */
  start(): void {
    if (this.#dueAt === undefined) this.#plan(0);
  }

  /** What the node offers is different now. */
  changed(): void {
    if (this.#dueAt === undefined) return;
    const { clock } = this.#dependencies;
    const wait = Math.max(0, this.#triedAt + this.#options.gapMs - clock.now());
    if (clock.now() + wait < this.#dueAt) this.#plan(wait);
  }

  /** Idempotent; what is on its way is not waited for. */
  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  #plan(delayMs: number): void {
    if (this.#isClosed) return;
    const { clock } = this.#dependencies;
    this.#cancel?.();
    this.#dueAt = clock.now() + delayMs;
    this.#cancel = clock.schedule(delayMs, () => this.#tell());
  }

  async #tell(): Promise<void> {
    const { intervalMs, gapMs } = this.#options;
    this.#triedAt = this.#dependencies.clock.now();
    this.#plan(intervalMs);
    try {
      await withTimeLimit("telling what this node offers", gapMs, this.#send(), this.#dependencies);
      this.#outage.succeeded();
    } catch (error) {
      if (this.#isClosed) return;
      this.#outage.failed(error);
      this.changed();
    }
  }

  async #send(): Promise<void> {
    const { bus, key, offer: read } = this.#dependencies;
    const offer = read();
    if (offer === undefined) {
      // It may be about to: an engine that is asked for the first time answers in a moment.
      this.changed();
      return;
    }
    if (!bus.connected) throw new KeeperError("BUS_OFFLINE", "no connection to the broker", { retriable: true });
    await bus.publish(advertisementTopic(this.#options.chainId, key.address), await this.#sign(offer));
    this.#sent += 1;
  }

  #sign({ tags, ...offer }: Offer): Promise<Uint8Array> {
    const { chainId, nodeRegistry } = this.#options;
    const { key, clock } = this.#dependencies;
    this.#lastTime = Math.max(this.#lastTime + 1, Math.floor(clock.now()));
    const ascending = [...new Set(tags)].sort((a, b) => (a < b ? -1 : 1));
    const identity = { chainId, nodeRegistry, node: key.address, time: BigInt(this.#lastTime) };
    return signedAdvertisement({ ...identity, ...offer, tags: ascending }, key);
  }
}
