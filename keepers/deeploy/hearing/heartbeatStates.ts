import type { Clock } from "../../core/clock.js";
import type { Logger } from "../../core/logger.js";
import { type Address, EncodingError, type Hash } from "../../protocol/bytes.js";
import { type DecodedHeartbeat, decodeHeartbeat, type Heartbeat } from "../../protocol/heartbeat.js";
import { PublicKeyCache } from "../../protocol/signing.js";
import type { MessageBus, Unsubscribe } from "../../transport/messageBus.js";
import type { ServiceState, ServiceStates, StateChange } from "../views.js";

export interface HeartbeatStatesOptions {
  readonly chainId: bigint;
  readonly nodeRegistry: Address;
}

export interface HeartbeatStatesDependencies {
  readonly bus: MessageBus;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  /** Whether a node has a deed: others are not listened to. */
  readonly isNode: (node: Address) => boolean;
}

interface Heard {
  readonly sequence: bigint;
  readonly states: ReadonlyMap<Hash, ServiceState>;
}

/** What nodes say of their assignments in their signed heartbeats. */
export class HeartbeatStates implements ServiceStates {
  readonly #options: HeartbeatStatesOptions;
  readonly #dependencies: HeartbeatStatesDependencies;
  readonly #keys = new PublicKeyCache();
  readonly #heard = new Map<Address, Heard>();
  readonly #listeners = new Set<(change: StateChange) => void>();
  #unsubscribe: Unsubscribe | undefined;

  constructor(options: HeartbeatStatesOptions, dependencies: HeartbeatStatesDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  async start(): Promise<void> {
    const { bus, logger } = this.#dependencies;
    this.#unsubscribe = await bus.subscribe(`r1/${this.#options.chainId}/heartbeat/+`, (topic, payload) => {
      try {
        this.#hear(topic, decodeHeartbeat(payload));
      } catch (error) {
        if (!(error instanceof EncodingError)) throw error;
        logger.debug("a heartbeat makes no sense", { topic, error: error.message });
      }
    });
  }

  stateOf(node: Address, assignment: Hash): ServiceState | undefined {
    return this.#heard.get(node)?.states.get(assignment);
  }

  onChange(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#unsubscribe?.();
  }

  #hear(topic: string, { heartbeat, digest, signature }: DecodedHeartbeat): void {
    const { node, sequence, containers } = heartbeat;
    if (!this.#isWelcome(topic, heartbeat) || !this.#keys.verify(digest, signature, node)) return;
    const before = this.#heard.get(node);
    if (before !== undefined && sequence <= before.sequence) return;
    const heardAt = this.#dependencies.clock.now();
    const states = new Map(containers.map(({ assignment, state }) => [assignment, { state, heardAt }]));
    this.#heard.set(node, { sequence, states });
    for (const [assignment, { state }] of states) {
      if (before?.states.get(assignment)?.state !== state) this.#tell({ node, assignment, state, heardAt });
    }
  }

  #isWelcome(topic: string, { chainId, nodeRegistry, node }: Heartbeat): boolean {
    const isOurs = chainId === this.#options.chainId && nodeRegistry === this.#options.nodeRegistry;
    return isOurs && topic.endsWith(`/${node}`) && this.#dependencies.isNode(node);
  }

  #tell(change: StateChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
