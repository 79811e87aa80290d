import type { Clock } from "../../core/clock.js";
import type { Logger } from "../../core/logger.js";
import { type Advertisement, type DecodedAdvertisement, decodeAdvertisement } from "../../protocol/advertisement.js";
import { type Address, EncodingError } from "../../protocol/bytes.js";
import { PublicKeyCache } from "../../protocol/signing.js";
import type { MessageBus, Unsubscribe } from "../../transport/messageBus.js";
import type { Inventory, OfferedNode } from "../views.js";

export interface OfferBookOptions {
  readonly chainId: bigint;
  readonly nodeRegistry: Address;
  /** Milliseconds after which a node that said nothing more is not listed any more. */
  readonly lifetimeMs: number;
}

export interface OfferBookDependencies {
  readonly bus: MessageBus;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  /** Token id of the Node Deed of a node in good standing; undefined for all others. */
  readonly tokenOf: (node: Address) => number | undefined;
}

interface Offer {
  readonly advertisement: Advertisement;
  readonly heardAt: number;
}

/** What nodes offer to jobs, by their signed advertisements. */
export class OfferBook implements Inventory {
  readonly #options: OfferBookOptions;
  readonly #dependencies: OfferBookDependencies;
  readonly #keys = new PublicKeyCache();
  readonly #offers = new Map<Address, Offer>();
  #unsubscribe: Unsubscribe | undefined;

  constructor(options: OfferBookOptions, dependencies: OfferBookDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  async start(): Promise<void> {
    const { bus, logger } = this.#dependencies;
    this.#unsubscribe = await bus.subscribe(`r1/${this.#options.chainId}/advert/+`, (topic, payload) => {
      try {
        this.#hear(topic, decodeAdvertisement(payload));
      } catch (error) {
        if (!(error instanceof EncodingError)) throw error;
        logger.debug("an advertisement makes no sense", { topic, error: error.message });
      }
    });
  }

  get nodes(): readonly OfferedNode[] {
    const offers = [...this.#offers.keys()].flatMap((node) => this.offerOf(node) ?? []);
    return offers.sort((a, b) => a.tokenId - b.tokenId);
  }

  offerOf(node: Address): OfferedNode | undefined {
    const offer = this.#offers.get(node);
    if (offer === undefined || this.#isStale(offer)) return undefined;
    const tokenId = this.#dependencies.tokenOf(node);
    return tokenId === undefined ? undefined : describe(tokenId, offer);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#unsubscribe?.();
  }

  #hear(topic: string, { advertisement, digest, signature }: DecodedAdvertisement): void {
    const { node, time } = advertisement;
    if (!this.#isWelcome(topic, advertisement) || !this.#keys.verify(digest, signature, node)) return;
    const before = this.#offers.get(node);
    if (before !== undefined && time <= before.advertisement.time) return;
    this.#offers.set(node, { advertisement, heardAt: this.#dependencies.clock.now() });
  }

  #isWelcome(topic: string, { chainId, nodeRegistry, node }: Advertisement): boolean {
    const isOurs = chainId === this.#options.chainId && nodeRegistry === this.#options.nodeRegistry;
    return isOurs && topic.endsWith(`/${node}`) && this.#dependencies.tokenOf(node) !== undefined;
  }

  #isStale({ heardAt }: Offer): boolean {
    return this.#dependencies.clock.now() - heardAt > this.#options.lifetimeMs;
  }
}

function describe(tokenId: number, { advertisement, heardAt }: Offer): OfferedNode {
  const { node, country, tags, capacity, load, gateway } = advertisement;
  return {
    ...{ node, tokenId, country, tags, capacity, load, heardAt: Math.floor(heardAt) },
    gateway: gateway === "" ? undefined : gateway,
  };
}
