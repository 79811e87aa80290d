import { Lifecycle } from "../core/lifecycle.js";
import type { Random } from "../core/random.js";
import type { Address } from "../protocol/bytes.js";
import type { RedisMarkCounts, RedisSlotStore } from "../storage/redis/redisSlotStore.js";
import type { IngestCounters } from "./ingest/ingest.js";
import { type Hearing, type HearingModules, type HearingOptions, ingestGroup, startHearing } from "./parts/hearing.js";
import { openRedisSlots, openServiceSlots, serviceSlotsInRedis } from "./parts/slots.js";
import type { ServiceDesk } from "./service/serviceDesk.js";
import type { ServiceSlots } from "./service/serviceSlots.js";

export interface IngestWorkerOptions extends Omit<HearingOptions, "ingest" | "group"> {
  /** Whose slots it marks. */
  readonly oracle: Address;
  readonly redisUrl: string;
}

/** The follower and the bus belong to the worker, which starts and closes them. */
export interface IngestWorkerModules extends HearingModules {
  readonly random: Random;
}

export interface IngestWorkerStatus {
  readonly connected: boolean;
  /** Nodes with a licence. */
  readonly nodes: number;
  /** What this worker made of the messages that it got. */
  readonly heartbeats: IngestCounters | undefined;
  /** Assignments of deeds to jobs, and what this worker heard nodes say of them, by state. */
  readonly seats: number;
  readonly services: ServiceDesk["counters"] | undefined;
  /** What became of its marks in Redis, all workers considered. */
  readonly marks: RedisMarkCounts | undefined;
  /** Marks that wait for Redis. */
  readonly waiting: number;
  /** One sentence for each thing that is wrong. */
  readonly problems: readonly string[];
}

const CLOSE_TIMEOUT_MS = 2_000;
const REPORT_MS = 60_000;

/**
 * Hears nodes for an oracle, together with others of its kind: each heartbeat reaches one worker, which checks it against
 * its own view of the chain and marks its slot in Redis. It holds nothing that another worker needs.
 */
export class IngestWorker {
  readonly #options: IngestWorkerOptions;
  readonly #modules: IngestWorkerModules;
  readonly #lifecycle: Lifecycle;
  #starting: Promise<void> | undefined;
  #slots: RedisSlotStore | undefined;
  #services: ServiceSlots | undefined;
  #hearing: Hearing | undefined;

  constructor(options: IngestWorkerOptions, modules: IngestWorkerModules) {
    this.#options = options;
    this.#modules = modules;
    this.#lifecycle = new Lifecycle({ closeTimeoutMs: CLOSE_TIMEOUT_MS }, modules);
  }

  get status(): IngestWorkerStatus {
    const { counts: marks, waiting = 0 } = this.#slots ?? {};
    const { connected } = this.#modules.bus;
    return { connected, ...this.#heard(), marks, waiting, problems: this.#problems() };
  }

  /** Resolves once it follows the chain and listens; waits for chain and broker as long as it takes, and not for Redis. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Hears nothing more, and then writes what waits. Ends within seconds. Idempotent. */
  async close(): Promise<void> {
    await this.#lifecycle.close();
  }

  #heard(): Pick<IngestWorkerStatus, "nodes" | "heartbeats" | "seats" | "services"> {
    const hearing = this.#hearing;
    if (hearing === undefined) return { nodes: 0, heartbeats: undefined, seats: 0, services: undefined };
    const { links, ingest, seats, services } = hearing;
    return {
      nodes: links.links.length,
      heartbeats: ingest?.counters,
      seats: seats.size,
      services: services.counters,
    };
  }

  #problems(): string[] {
    const { bus, follower } = this.#modules;
    const { failures } = follower.health;
    const problems = [
      bus.connected ? undefined : "not connected to the broker",
      failures > 0 ? `the last ${failures} looks at the chain failed` : undefined,
      this.#slots?.problem,
      this.#services?.problem,
    ];
    return problems.filter((problem) => problem !== undefined);
  }

  async #start(): Promise<void> {
    try {
      await this.#compose();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #compose(): Promise<void> {
    const { bus, follower } = this.#modules;
    const { oracle, chainId, nodeRegistry } = this.#options;
    this.#lifecycle.signal.throwIfAborted();
    const owner = { chainId, nodeRegistry, oracle };
    const shared = { ...this.#options, owner };
    this.#slots = await openRedisSlots(shared, this.#modules, this.#lifecycle);
    this.#services = openServiceSlots(
      shared,
      serviceSlotsInRedis(shared, this.#modules),
      this.#modules,
      this.#lifecycle,
    );
    this.#lifecycle.onClose("bus", () => bus.close());
    this.#lifecycle.onClose("chain", () => follower.close());
    await follower.start();
    const options = { ...this.#options, group: ingestGroup(oracle) };
    const storage = { slots: this.#slots, services: this.#services };
    this.#hearing = await startHearing(options, this.#modules, storage, this.#lifecycle);
    this.#report();
  }

  /** There is no API to ask. */
  #report(): void {
    const { clock, logger } = this.#modules;
    const cancel = clock.schedule(REPORT_MS, () => {
      logger.info("heartbeats so far", { ...this.status });
      this.#report();
    });
    this.#lifecycle.signal.addEventListener("abort", cancel, { once: true });
  }
}
