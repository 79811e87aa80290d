import type { Address } from "../../protocol/bytes.js";
import { EncodingError } from "../../protocol/bytes.js";
import type { EpochClock, Slot } from "../../protocol/epochClock.js";
import {
  type ContainerReport,
  decodeHeartbeat,
  type DecodedHeartbeat,
  type Heartbeat,
  heartbeatTopic,
  MAX_HEARTBEAT_BYTES,
} from "../../protocol/heartbeat.js";
import type { Link } from "../../protocol/links.js";
import type { PublicKeyCache } from "../../protocol/signing.js";
import type { SlotStore } from "../../storage/slotStore.js";
import type { ServiceDesk } from "../service/serviceDesk.js";
import type { TokenBuckets } from "../tokenBuckets.js";
import type { HeardNodes } from "./heardNodes.js";
import type { HeartbeatCode, HeartbeatVerdict } from "./verdict.js";
import type { LinkDirectory, RecentBlocks } from "./views.js";

export interface HeartbeatValidatorOptions {
  readonly chainId: bigint;
  readonly nodeRegistry: Address;
  /** How far the node's own time may lie behind and ahead of the receiver's clock, milliseconds. */
  readonly maximumAgeMs: number;
  readonly maximumAheadMs: number;
  /** How many blocks behind the newest the named block may be. */
  readonly freshBlocks: number;
}

export interface HeartbeatValidatorDependencies {
  readonly links: LinkDirectory;
  readonly blocks: RecentBlocks;
  readonly slots: Pick<SlotStore, "has">;
  readonly heard: HeardNodes;
  /** One bucket per node. */
  readonly buckets: TokenBuckets;
  readonly publicKeys: PublicKeyCache;
  readonly epochClock: EpochClock;
  /** None: nobody serves jobs. */
  readonly services?: Pick<ServiceDesk, "isSettled" | "select"> | undefined;
}

type Refused = Extract<HeartbeatVerdict, { outcome: "ignore" | "reject" }>;
type Freshness = "fresh" | "old" | "unknown";

const NO_SERVICES: readonly ContainerReport[] = [];

const lateByItself: ReadonlySet<HeartbeatCode> = new Set([
  "DUPLICATE_SLOT",
  "UNLICENSED",
  "BEFORE_GENESIS",
  "OLD_BLOCK",
]);

/**
 * Decides about each message under a heartbeat topic, cheapest questions first, the signature last; it changes nothing but
 * the token buckets. Who has no licence costs a lookup and no memory. A slot that counts already costs no more either, so
 * that a node which floods gains nothing, and tokens are spent only on messages that might still count: those of a node with
 * jobs until all of them are known to be running in this slot.
 *
 * A heartbeat that nobody has heard yet and that is held back counts once at most, in the slot in which it arrives, and only
 * within its time bounds: this oracle cannot tell it from a slow network.
 */
export class HeartbeatValidator {
  readonly #options: HeartbeatValidatorOptions;
  readonly #dependencies: HeartbeatValidatorDependencies;
  readonly #topicPrefix: string;
  /** The newest block when this process began: what names a later one was written since. */
  readonly #headAtStart: number | undefined;

  constructor(options: HeartbeatValidatorOptions, dependencies: HeartbeatValidatorDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#topicPrefix = heartbeatTopic(options.chainId, "");
    this.#headAtStart = dependencies.blocks.head;
  }

  /** Never throws. `now`: the receiver's clock, milliseconds since 1970. */
  validate(topic: string, payload: Uint8Array, now: number): HeartbeatVerdict {
    if (payload.length > MAX_HEARTBEAT_BYTES) return refuse("OVERSIZED");
    if (!topic.startsWith(this.#topicPrefix)) return refuse("TOPIC_MISMATCH");
    const place = this.#dependencies.epochClock.slotAt(now);
    if (place === undefined) return refuse("BEFORE_GENESIS");
    // From here on the link's own string: as a key it is found by identity, one cut out of a topic letter by letter.
    const link = this.#dependencies.links.linkOfNode(topic.slice(this.#topicPrefix.length));
    if (link === undefined) return refuse("UNLICENSED");
    const unwelcome = this.#checkSender(link, place);
    if (unwelcome !== undefined) return refuse(unwelcome);
    const decoded = decode(payload);
    return decoded === undefined ? refuse("MALFORMED") : this.#validateDecoded(decoded, link, place, now);
  }

  #checkSender({ node, deed }: Link, place: Slot): HeartbeatCode | undefined {
    const { slots, buckets, services } = this.#dependencies;
    const isCounted = slots.has(place.epoch, place.slot, node);
    if (isCounted && services?.isSettled(deed, place) !== false) return "DUPLICATE_SLOT";
    return buckets.take(node) ? undefined : "FLOODING";
  }

  #validateDecoded(decoded: DecodedHeartbeat, link: Link, place: Slot, heardAt: number): HeartbeatVerdict {
    const { heartbeat, digest, signature } = decoded;
    const { node, deed } = link;
    const wrong = this.#checkIdentity(heartbeat, node) ?? this.#checkTime(heartbeat, heardAt);
    if (wrong !== undefined) return refuse(wrong);
    const freshness = this.#freshnessOf(heartbeat);
    if (freshness === "old") return refuse("OLD_BLOCK");
    if (!this.#dependencies.publicKeys.verify(digest, signature, node)) return refuse("FORGED");
    const { sequence, load, containers } = heartbeat;
    const services = this.#dependencies.services?.select(deed, containers) ?? NO_SERVICES;
    const beat = { ...place, node, sequence, heardAt, load, services };
    if (freshness === "fresh") return { outcome: "accept", beat };
    return { outcome: "wait", beat, block: { number: heartbeat.blockNumber, hash: heartbeat.blockHash } };
  }

  #checkIdentity(heartbeat: Heartbeat, node: Address): HeartbeatCode | undefined {
    const { chainId, nodeRegistry } = this.#options;
    if (heartbeat.chainId !== chainId || heartbeat.nodeRegistry !== nodeRegistry) return "WRONG_CHAIN";
    return heartbeat.node === node ? undefined : "TOPIC_MISMATCH";
  }

  #checkTime(heartbeat: Heartbeat, now: number): HeartbeatCode | undefined {
    const { time, blockNumber } = heartbeat;
    const { maximumAgeMs, maximumAheadMs } = this.#options;
    if (time > BigInt(Math.floor(now + maximumAheadMs))) return "FUTURE";
    if (time < BigInt(Math.ceil(now - maximumAgeMs))) return "STALE";
    const namesNewBlock = this.#headAtStart !== undefined && blockNumber > BigInt(this.#headAtStart);
    return this.#dependencies.heard.isReplay(heartbeat, namesNewBlock) ? "REPLAYED" : undefined;
  }

  /** A block that is unknown here may be one that the node saw first, but never one that claims to be old. */
  #freshnessOf({ blockNumber, blockHash }: Heartbeat): Freshness {
    const { blocks } = this.#dependencies;
    const { head } = blocks;
    if (head === undefined) return "unknown";
    if (blockNumber < BigInt(Math.max(0, head - this.#options.freshBlocks))) return "old";
    return blocks.numberOf(blockHash) === Number(blockNumber) ? "fresh" : "unknown";
  }
}

function refuse(code: HeartbeatCode): Refused {
  return { outcome: lateByItself.has(code) ? "ignore" : "reject", code };
}

function decode(payload: Uint8Array): DecodedHeartbeat | undefined {
  try {
    return decodeHeartbeat(payload);
  } catch (error) {
    if (error instanceof EncodingError) return undefined;
    throw error;
  }
}
