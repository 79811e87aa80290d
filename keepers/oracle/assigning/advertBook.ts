import type { Clock } from "../../core/clock.js";
import {
  type Advertisement,
  advertisementTopic,
  decodeAdvertisement,
  type DecodedAdvertisement,
  MAX_ADVERTISEMENT_BYTES,
} from "../../protocol/advertisement.js";
import { type Address, EncodingError } from "../../protocol/bytes.js";
import type { PublicKeyCache } from "../../protocol/signing.js";
import type { LinkDirectory } from "../ingest/views.js";
import type { TokenBuckets } from "../tokenBuckets.js";
import { type AdvertCode, VerdictTally } from "./verdict.js";

export interface AdvertBookOptions {
  readonly chainId: bigint;
  readonly nodeRegistry: Address;
  /**
   * How late an advertisement may come, and how long it waits before it counts: whoever hears it in time at all hears it
   * before anybody decides by it. Milliseconds.
   */
  readonly marginMs: number;
  /** How far a node's clock may be ahead. Milliseconds. */
  readonly maximumAheadMs: number;
  /** A node that has not said for this long what it offers gets nothing. Milliseconds. */
  readonly maximumAgeMs: number;
  /** Least time between two advertisements of a node. Milliseconds. */
  readonly minimumGapMs: number;
}

export const defaultAdvertBookOptions = {
  marginMs: 10_000,
  maximumAheadMs: 5_000,
  maximumAgeMs: 180_000,
  minimumGapMs: 5_000,
} as const;

export interface AdvertBookDependencies {
  readonly links: LinkDirectory;
  readonly publicKeys: PublicKeyCache;
  /** One for each node. */
  readonly buckets: TokenBuckets;
  readonly clock: Pick<Clock, "now">;
}

/** What nodes with a licence offer, as they say themselves: for each node as many as may still be asked for. */
export class AdvertBook {
  readonly tally = new VerdictTally<AdvertCode>();
  readonly #options: AdvertBookOptions;
  readonly #dependencies: AdvertBookDependencies;
  readonly #topicPrefix: string;
  /** Ascending by time. */
  readonly #byNode = new Map<Address, readonly Advertisement[]>();

  constructor(options: AdvertBookOptions, dependencies: AdvertBookDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#topicPrefix = advertisementTopic(options.chainId, "");
  }

  /** Nodes that said something. */
  get size(): number {
    return this.#byNode.size;
  }

  /** Takes what the bus brought. Never throws. */
  readonly receive = (topic: string, payload: Uint8Array): void => {
    this.tally.count(this.#judge(topic, payload) ?? "accepted");
  };

  /**
   * What a node offered at a moment, by its last word that was old enough then; undefined when that was too old already.
   * @param timeMs of a block, milliseconds since 1970
   */
  offerAt(node: Address, timeMs: number): Advertisement | undefined {
    const { marginMs, maximumAgeMs } = this.#options;
    const last = BigInt(timeMs - marginMs);
    const found = this.#byNode.get(node)?.findLast(({ time }) => time <= last);
    return found && found.time >= BigInt(timeMs - maximumAgeMs) ? found : undefined;
  }

  /** What a node said last, such as where its gateway is; undefined when it has been silent for long. */
  lastOf(node: Address): Advertisement | undefined {
    const last = this.#byNode.get(node)?.at(-1);
    const oldest = BigInt(Math.floor(this.#dependencies.clock.now()) - this.#options.maximumAgeMs);
    return last !== undefined && last.time >= oldest ? last : undefined;
  }

  /** Forgets who lost its licence, so that memory follows the number of links. */
  prune(): void {
    const { links } = this.#dependencies;
    for (const node of this.#byNode.keys()) if (links.linkOfNode(node) === undefined) this.#byNode.delete(node);
  }

  #judge(topic: string, payload: Uint8Array): AdvertCode | undefined {
    if (payload.length > MAX_ADVERTISEMENT_BYTES) return "oversized";
    if (!topic.startsWith(this.#topicPrefix)) return "wrong-topic";
    const node = this.#dependencies.links.linkOfNode(topic.slice(this.#topicPrefix.length))?.node;
    if (node === undefined) return "unlicensed";
    if (!this.#dependencies.buckets.take(node)) return "flooding";
    const decoded = decode(payload);
    return decoded === undefined ? "malformed" : this.#judgeDecoded(decoded, node);
  }

  #judgeDecoded({ advertisement, digest, signature }: DecodedAdvertisement, node: Address): AdvertCode | undefined {
    const wrong = this.#checkPlace(advertisement, node) ?? this.#checkTime(advertisement);
    if (wrong !== undefined) return wrong;
    if (!this.#dependencies.publicKeys.verify(digest, signature, node)) return "forged";
    this.#keep(advertisement);
    return undefined;
  }

  #checkPlace({ chainId, nodeRegistry, node }: Advertisement, publisher: Address): AdvertCode | undefined {
    if (chainId !== this.#options.chainId || nodeRegistry !== this.#options.nodeRegistry) return "wrong-chain";
    return node === publisher ? undefined : "wrong-topic";
  }

  #checkTime({ node, time }: Advertisement): AdvertCode | undefined {
    const { marginMs, maximumAheadMs, minimumGapMs } = this.#options;
    const now = Math.floor(this.#dependencies.clock.now());
    if (time > BigInt(now + maximumAheadMs)) return "future";
    if (time < BigInt(now - marginMs)) return "stale";
    const last = this.#byNode.get(node)?.at(-1)?.time;
    if (last === undefined) return undefined;
    if (time <= last) return "replayed";
    return time < last + BigInt(minimumGapMs) ? "too-soon" : undefined;
  }

  /** At most one for each gap in the time for which they count: memory is bounded. */
  #keep(advertisement: Advertisement): void {
    const { node } = advertisement;
    const oldest = BigInt(Math.floor(this.#dependencies.clock.now()) - this.#options.maximumAgeMs);
    const kept = (this.#byNode.get(node) ?? []).filter(({ time }) => time >= oldest);
    this.#byNode.set(node, [...kept, advertisement]);
  }
}

function decode(payload: Uint8Array): DecodedAdvertisement | undefined {
  try {
    return decodeAdvertisement(payload);
  } catch (error) {
    if (error instanceof EncodingError) return undefined;
    throw error;
  }
}
