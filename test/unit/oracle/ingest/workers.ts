import { ChainFollower, defaultChainFollowerOptions } from "../../../../keepers/chain/chainFollower.js";
import { type Clock, SystemClock } from "../../../../keepers/core/clock.js";
import { Lifecycle } from "../../../../keepers/core/lifecycle.js";
import { memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { CryptoRandom } from "../../../../keepers/core/random.js";
import { IngestWorker } from "../../../../keepers/oracle/ingestWorker.js";
import { ServiceSlots } from "../../../../keepers/oracle/service/serviceSlots.js";
import { memoryShelf } from "../service/memoryShelf.js";
import { startHearing } from "../../../../keepers/oracle/parts/hearing.js";
import { availabilityOf } from "../../../../keepers/oracle/scoring.js";
import { DeedKind, deedId } from "../../../../keepers/protocol/deedId.js";
import { EpochClock } from "../../../../keepers/protocol/epochClock.js";
import { heartbeatTopic, signHeartbeat } from "../../../../keepers/protocol/heartbeat.js";
import type { Link } from "../../../../keepers/protocol/links.js";
import { MemorySlotStore } from "../../../../keepers/storage/memorySlotStore.js";
import { type RedisSlotStore } from "../../../../keepers/storage/redis/redisSlotStore.js";
import type { SlotStore } from "../../../../keepers/storage/slotStore.js";
import { waitUntilConnected } from "../../../../keepers/transport/messageBus.js";
import { MqttBus } from "../../../../keepers/transport/mqttBus.js";
import { address, FakeChain } from "../../chain/fakeChain.js";
import { openRedisSlots } from "../../storage/redisSlots.js";
import { codeOf } from "../../storage/temporaryDirectory.js";
import { chainId, keyOf, nodeRegistry } from "./world.js";

const oracle = keyOf(100).address;
const owner = address(200);
const genesis = 900;

/** Slots of 20 s, 12 in an epoch. */
export const epochClock = new EpochClock({ genesis, duration: 240, slotSeconds: 20 });
const limits = { slotsPerEpoch: epochClock.slotsPerEpoch, maximumNodes: 100 };

/** Tells a time that the test sets; waits as the machine does, because brokers and stores are real. */
class SetClock implements Clock {
  ms: number;
  readonly #system = new SystemClock();
  readonly schedule = this.#system.schedule.bind(this.#system);
  readonly sleep = this.#system.sleep.bind(this.#system);

  constructor(ms: number) {
    this.ms = ms;
  }

  now(): number {
    return this.ms;
  }
}

interface Parts {
  readonly worker: IngestWorker;
  readonly bus: MqttBus;
}

/**
 * Ingest workers of one oracle on a real broker and a real Redis, beside an oracle that hears everything itself; one chain,
 * one clock, and nodes 1 to `nodes`.
 */
export class WorkerWorld {
  readonly clock = new SetClock((genesis + 240) * 1_000);
  readonly links: readonly Link[];
  readonly workers: Parts[] = [];
  readonly #chain = new FakeChain();
  readonly #urls: { readonly broker: string; readonly redis: string };
  readonly #log = memoryLogger(this.clock);
  readonly #lifecycle = new Lifecycle({ closeTimeoutMs: 5_000 }, { clock: this.clock });
  readonly #embedded = new MemorySlotStore(limits);
  #sender!: MqttBus;
  #alone!: { readonly heard: () => number };
  #shared!: RedisSlotStore;
  #sequence = 0n;
  #clients = 0;
  #sent = 0;
  /** Messages that workers which are gone had got. */
  #gone = 0;

  constructor(urls: { readonly broker: string; readonly redis: string }, nodes: number) {
    this.#urls = urls;
    this.links = Array.from({ length: nodes }, (_, index) => {
      const node = keyOf(index + 1).address;
      return { deed: deedId(DeedKind.NODE, BigInt(index + 1)), node, associatedAt: 0n };
    });
    const approval = { type: "OperatorApproved", operator: owner, until: 2_000_000, verification: 1 } as const;
    const associations = this.links.map(({ deed, node }) => {
      return { type: "NodeAssociated", deed, node, owner, epoch: 0n } as const;
    });
    this.#chain.mine([approval, ...associations]);
  }

  /** Begins with so many workers. */
  async start(workers: number): Promise<void> {
    this.#sender = await this.#connect();
    this.#shared = await this.openShared();
    const bus = await this.#connect();
    const { logger } = this.#log;
    const follower = this.#follower();
    await follower.start();
    this.#lifecycle.onClose("chain", () => follower.close());
    const options = { chainId, nodeRegistry, epochClock, freshBlocks: 64, maximumNodes: 100 };
    const modules = { bus, clock: this.clock, logger, follower };
    const services = new ServiceSlots(epochClock, { shelf: memoryShelf(), logger });
    const { ingest } = await startHearing(options, modules, { slots: this.#embedded, services }, this.#lifecycle);
    this.#alone = { heard: () => totalOf(ingest?.counters) };
    for (let index = 0; index < workers; index += 1) await this.addWorker();
  }

  async addWorker(): Promise<Parts> {
    const bus = await this.#connect();
    const worker = new IngestWorker(
      { chainId, nodeRegistry, oracle, epochClock, freshBlocks: 64, maximumNodes: 100, redisUrl: this.#urls.redis },
      { bus, clock: this.clock, logger: this.#log.logger, follower: this.#follower(), random: new CryptoRandom() },
    );
    this.#lifecycle.onClose("worker", () => worker.close());
    await worker.start();
    const parts = { worker, bus };
    this.workers.push(parts);
    return parts;
  }

  /** It hears no more. What it has marked and not written yet it may still write. */
  async drop(parts: Parts): Promise<void> {
    await parts.bus.close();
    this.#gone += totalOf(parts.worker.status.heartbeats);
    this.workers.splice(this.workers.indexOf(parts), 1);
  }

  /** A heartbeat that a node signs now. */
  beat(number: number): Uint8Array {
    const { tip } = this.#chain;
    this.#sequence += 1n;
    const block = { blockNumber: BigInt(tip.number), blockHash: tip.hash };
    const identity = { chainId, nodeRegistry, node: keyOf(number).address };
    const heartbeat = { ...identity, sequence: this.#sequence, time: BigInt(this.clock.ms), ...block };
    return signHeartbeat({ ...heartbeat, load: 0, containers: [] }, keyOf(number));
  }

  /** Sends messages as a node. */
  async send(number: number, ...payloads: readonly Uint8Array[]): Promise<void> {
    const topic = heartbeatTopic(chainId, keyOf(number).address);
    for (const payload of payloads) await this.#sender.publish(topic, payload, { qos: 1 });
    this.#sent += payloads.length;
  }

  /** Resolves when everything sent has been heard, by the workers together and by the oracle alone. */
  async heard(): Promise<void> {
    const byWorkers = (): number =>
      this.workers.reduce((sum, { worker }) => sum + totalOf(worker.status.heartbeats), this.#gone);
    await until(() => byWorkers() >= this.#sent && this.#alone.heard() >= this.#sent);
  }

  /** Resolves when every worker has written what it marked. */
  async written(): Promise<void> {
    await until(() => this.workers.every(({ worker }) => worker.status.waiting === 0));
  }

  /** The next slot begins. */
  async tick(): Promise<void> {
    await this.heard();
    this.clock.ms += 20_000;
  }

  /** Availability by node, as the workers together have it, and as an oracle that hears everything itself. */
  async scores(epoch: bigint): Promise<{ readonly shared: number[]; readonly alone: number[] }> {
    await this.written();
    for (let isRead = false; !isRead;) {
      await until(() => this.#shared.problem === undefined);
      isRead = (await codeOf(this.#shared.sync(epoch))) === "no error";
    }
    return { shared: this.#scoresOf(this.#shared, epoch), alone: this.#scoresOf(this.#embedded, epoch) };
  }

  /** Another process's view of the same slots. */
  async openShared(): Promise<RedisSlotStore> {
    const owner = { chainId, nodeRegistry, oracle };
    const store = await openRedisSlots(this.#urls.redis, { ...limits, owner });
    this.#lifecycle.onClose("slots", () => store.close());
    return store;
  }

  async close(): Promise<void> {
    await this.#lifecycle.close();
  }

  #scoresOf(slots: SlotStore, epoch: bigint): number[] {
    return [...availabilityOf(epoch, this.links, { slots, epochClock })];
  }

  #follower(): ChainFollower {
    const { clock } = this;
    const options = { ...defaultChainFollowerOptions, fromBlock: 0, pollMs: 600_000, retainSeconds: 600 };
    return new ChainFollower(options, {
      ...{ reader: this.#chain, clock, random: new CryptoRandom(), logger: this.#log.logger },
    });
  }

  async #connect(): Promise<MqttBus> {
    this.#clients += 1;
    const bus = new MqttBus(
      {
        url: this.#urls.broker,
        clientId: `client-${this.#clients}`,
        ...{ backoff: { baseMs: 1, maximumMs: 5 }, keepaliveSeconds: 30, connectTimeoutMs: 5_000 },
        ...{ maximumPayloadBytes: 10_000, outgoingLimit: 1_000 },
      },
      { clock: this.clock, random: new CryptoRandom() },
    );
    this.#lifecycle.onClose("bus", () => bus.close());
    await waitUntilConnected(bus, { timeoutMs: 10_000 }, this);
    return bus;
  }
}

/** All messages that were counted, whatever became of them. */
export function totalOf(counters: Readonly<Record<string, number>> | undefined): number {
  return Object.values(counters ?? {}).reduce((sum, count) => sum + count, 0);
}

/** Resolves when it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}
