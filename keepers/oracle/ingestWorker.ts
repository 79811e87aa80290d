import { Lifecycle } from "../core/lifecycle.js";
import type { Random } from "../core/random.js";
import type { Address } from "../protocol/bytes.js";
import type { RedisMarkCounts, RedisSlotStore } from "../storage/redis/redisSlotStore.js";
import type { IngestCounters } from "./ingest/ingest.js";
import { type Hearing, type HearingModules, type HearingOptions, ingestGroup, startHearing } from "./parts/hearing.js";
import { openRedisSlots } from "./parts/slots.js";

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
  #hearing: Hearing | undefined;

  constructor(options: IngestWorkerOptions, modules: IngestWorkerModules) {
    this.#options = options;
    this.#modules = modules;
    this.#lifecycle = new Lifecycle({ closeTimeoutMs: CLOSE_TIMEOUT_MS }, modules);
  }

  get status(): IngestWorkerStatus {
    const { counters: heartbeats } = this.#hearing?.ingest ?? {};
    const { counts: marks, waiting = 0 } = this.#slots ?? {};
    const nodes = this.#hearing?.links.links.length ?? 0;
    return { connected: this.#modules.bus.connected, nodes, heartbeats, marks, waiting, problems: this.#problems() };
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

  #problems(): string[] {
    const { bus, follower } = this.#modules;
    const { failures } = follower.health;
    const problems = [
      bus.connected ? undefined : "not connected to the broker",
      failures > 0 ? `the last ${failures} looks at the chain failed` : undefined,
      this.#slots?.problem,
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
    this.#slots = await openRedisSlots({ ...this.#options, owner }, this.#modules, this.#lifecycle);
    this.#lifecycle.onClose("bus", () => bus.close());
    this.#lifecycle.onClose("chain", () => follower.close());
    await follower.start();
    const options = { ...this.#options, group: ingestGroup(oracle) };
    this.#hearing = await startHearing(options, this.#modules, this.#slots, this.#lifecycle);
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
