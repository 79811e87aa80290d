import type { Logger } from "../../../../keepers/core/logger.js";
import { memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { HeardNodes } from "../../../../keepers/oracle/ingest/heardNodes.js";
import { HeartbeatValidator } from "../../../../keepers/oracle/ingest/heartbeatValidator.js";
import { HeartbeatIngest } from "../../../../keepers/oracle/ingest/ingest.js";
import { LinkIndex } from "../../../../keepers/oracle/ingest/linkIndex.js";
import type { RecentBlocks } from "../../../../keepers/oracle/ingest/views.js";
import { WaitingRoom } from "../../../../keepers/oracle/ingest/waitingRoom.js";
import type { ServiceDesk } from "../../../../keepers/oracle/service/serviceDesk.js";
import { TokenBuckets } from "../../../../keepers/oracle/tokenBuckets.js";
import { bytesToHex, type Hash } from "../../../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../../../keepers/protocol/deedId.js";
import { EpochClock } from "../../../../keepers/protocol/epochClock.js";
import { type Heartbeat, heartbeatTopic, signHeartbeat } from "../../../../keepers/protocol/heartbeat.js";
import { keccak, PublicKeyCache, SigningKey } from "../../../../keepers/protocol/signing.js";
import { MemorySlotStore } from "../../../../keepers/storage/memorySlotStore.js";
import type { SlotStore } from "../../../../keepers/storage/slotStore.js";
import { MemoryHub } from "../../../../keepers/transport/memoryBus.js";

export const chainId = 31_337n;
export const nodeRegistry = "0x00000000000000000000000000000000000000aa";
export const genesis = 1_700_000_000;
const blockSeconds = 2;

/** Production: epochs of a day, slots of 20 s. */
export const epochClock = new EpochClock({ genesis, duration: 86_400, slotSeconds: 20 });

export const timing = { maximumAgeMs: 20_000, maximumAheadMs: 5_000 };

/** Private keys 1, 2, 3 … */
export function keyOf(number: number): SigningKey {
  return new SigningKey(`0x${number.toString(16).padStart(64, "0")}`);
}

/** Hash of the block with that number on fork 0, the main one, or another. */
export function blockHash(number: number, fork = 0): Hash {
  return bytesToHex(keccak(Uint8Array.from(Buffer.from(`block ${number} of fork ${fork}`))));
}

/** A chain with a block every two seconds since genesis, of which the oracle sees all but the last `lag` blocks. */
export class FakeChain implements RecentBlocks {
  lag = 0;
  readonly #clock: VirtualClock;
  readonly #numbers = new Map<Hash, number>();
  #hashed = -1;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** The newest block of all, as a node's own RPC shows it. */
  get newest(): number {
    return Math.max(0, Math.floor((this.#clock.now() / 1_000 - genesis) / blockSeconds));
  }

  get head(): number {
    return Math.max(0, this.newest - this.lag);
  }

  numberOf(hash: Hash): number | undefined {
    const { head } = this;
    this.#hashed = Math.max(this.#hashed, head - 256);
    for (; this.#hashed < head; this.#hashed += 1) this.#numbers.set(blockHash(this.#hashed + 1), this.#hashed + 1);
    const number = this.#numbers.get(hash);
    return number === undefined || number > head || number <= head - 256 ? undefined : number;
  }
}

export interface WorldOptions {
  readonly slots?: SlotStore;
  readonly clock?: VirtualClock;
  readonly startAt?: number;
  /** Default: nobody serves jobs. */
  readonly services?: (logger: Logger, clock: VirtualClock) => ServiceDesk;
}

/** One oracle's ingest over an in-memory broker, and nodes 1 to 3 that hold deeds ND:1 to ND:3. */
export class World {
  readonly clock: VirtualClock;
  readonly chain: FakeChain;
  readonly hub: MemoryHub;
  readonly slots: SlotStore;
  readonly links = new LinkIndex();
  readonly heard: HeardNodes;
  readonly buckets: TokenBuckets;
  readonly waitingRoom: WaitingRoom;
  readonly validator: HeartbeatValidator;
  readonly ingest: HeartbeatIngest;
  readonly log: ReturnType<typeof memoryLogger>;
  readonly #sender;

  constructor(options: WorldOptions = {}) {
    this.clock = options.clock ?? new VirtualClock(options.startAt ?? (genesis + 1_000) * 1_000);
    this.chain = new FakeChain(this.clock);
    this.hub = new MemoryHub({ maximumPayloadBytes: 10_000, outgoingLimit: 100 }, { clock: this.clock });
    this.slots = options.slots ?? new MemorySlotStore({ slotsPerEpoch: epochClock.slotsPerEpoch, maximumNodes: 100 });
    this.links.replace(
      [1, 2, 3].map((n) => ({ deed: deedId(DeedKind.NODE, BigInt(n)), node: keyOf(n).address, associatedAt: 0n })),
    );
    this.log = memoryLogger(this.clock);
    const { clock, chain, links, slots } = this;
    this.heard = new HeardNodes({ ...timing, startedAt: clock.now() }, { slots, epochClock });
    this.buckets = new TokenBuckets({ burst: 10, perSecond: 1, capacity: 1_000 }, { clock });
    this.waitingRoom = new WaitingRoom({ waitMs: 60_000, capacity: 50 }, { blocks: chain });
    const { heard, buckets, waitingRoom } = this;
    const services = options.services?.(this.log.logger, clock);
    this.validator = new HeartbeatValidator(
      { chainId, nodeRegistry, freshBlocks: 64, ...timing },
      { links, blocks: chain, slots, heard, buckets, publicKeys: new PublicKeyCache(), epochClock, services },
    );
    const {
      validator,
      log: { logger },
    } = this;
    const bus = this.hub.connect("oracle");
    const parts = { bus, validator, waitingRoom, heard, links, slots, services, clock, logger };
    this.ingest = new HeartbeatIngest({ chainId }, parts);
    this.#sender = this.hub.connect("nodes");
  }

  /** A heartbeat as an honest node of that number makes it now, with changes. */
  heartbeat(number: number, changes: Partial<Heartbeat> = {}): Heartbeat {
    const now = BigInt(this.clock.now());
    const block = { blockNumber: BigInt(this.chain.newest), blockHash: blockHash(this.chain.newest) };
    const identity = { chainId, nodeRegistry, node: keyOf(number).address };
    return { ...identity, sequence: now, time: now, ...block, load: 100, containers: [], ...changes };
  }

  message(number: number, changes: Partial<Heartbeat> = {}): Uint8Array {
    return signHeartbeat(this.heartbeat(number, changes), keyOf(number));
  }

  /** What the validator says about a message under the topic of a node, now. */
  verdictOf(number: number, payload: Uint8Array): string {
    const topic = heartbeatTopic(chainId, keyOf(number).address);
    const verdict = this.validator.validate(topic, payload, this.clock.now());
    return "code" in verdict ? `${verdict.outcome} ${verdict.code}` : verdict.outcome;
  }

  /** Sends a message through the broker and lets it arrive. */
  async send(number: number, payload: Uint8Array): Promise<void> {
    await this.publish(number, payload);
    await this.clock.advance(0);
  }

  /** Sends a message through the broker; it arrives when the clock moves. */
  publish(number: number, payload: Uint8Array): Promise<void> {
    return this.#sender.publish(heartbeatTopic(chainId, keyOf(number).address), payload);
  }

  /** A node of that number beats now. */
  beat(number: number, changes: Partial<Heartbeat> = {}): Promise<void> {
    return this.send(number, this.message(number, changes));
  }

  /** Slots of an epoch, default the running one, in which the oracle heard a node. */
  slotsOf(number: number, epoch: bigint = epochClock.epochAt(this.clock.now() / 1_000)): number {
    return this.slots.count(epoch, keyOf(number).address);
  }
}
