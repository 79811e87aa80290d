import type { Clock } from "../keepers/core/clock.js";
import type { SeededRandom } from "../keepers/core/random.js";
import type { Address } from "../keepers/protocol/bytes.js";
import { oracleTopic } from "../keepers/protocol/oracleMessages.js";
import type { MessageBus, MessageHandler } from "../keepers/transport/messageBus.js";
import { CONTEXT } from "./context.js";
import { GENESIS, type NetworkPlan } from "./plan.js";

/** A message on its way to one oracle. */
export interface Packet {
  readonly from: Address;
  readonly to: Address;
  /** The sender's own: a broker lets nobody publish under another's. */
  readonly topic: string;
  readonly bytes: Uint8Array;
}

export interface NetworkDependencies {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly isHealed: () => boolean;
  /** Lost, for an adversary wants it so; until everything heals. */
  readonly isKeptBack: (packet: Packet) => boolean;
  readonly onDelivery: (packet: Packet) => void;
}

/**
 * Carries messages between oracles: each link on its own, with delay, and until everything heals with loss, duplicates and
 * partitions. Messages overtake each other freely.
 */
export class SimNetwork {
  readonly #plan: NetworkPlan;
  readonly #dependencies: NetworkDependencies;
  readonly #receivers = new Map<Address, Set<MessageHandler>>();

  constructor(plan: NetworkPlan, dependencies: NetworkDependencies) {
    this.#plan = plan;
    this.#dependencies = dependencies;
  }

  /** Takes what comes for an oracle until the function given back is called. */
  listen(oracle: Address, handler: MessageHandler): () => void {
    const handlers = this.#receivers.get(oracle) ?? new Set();
    this.#receivers.set(oracle, handlers.add(handler));
    return () => void handlers.delete(handler);
  }

  /** Sends to everybody else, or to those given. */
  send(from: Address, bytes: Uint8Array, to?: readonly Address[]): void {
    const topic = oracleTopic(CONTEXT.chainId, from);
    for (const oracle of this.#receivers.keys()) {
      if (oracle !== from && (!to || to.includes(oracle))) this.#carry({ from, to: oracle, topic, bytes });
    }
  }

  #carry(packet: Packet): void {
    for (const delay of this.#delays(packet)) {
      this.#dependencies.clock.schedule(delay, () => this.#arrive(packet));
    }
  }

  #delays(packet: Packet): readonly number[] {
    const { random, isHealed, isKeptBack } = this.#dependencies;
    const { minimumMs, maximumMs, loss, duplication } = this.#plan;
    const delay = () => minimumMs + random.integer(maximumMs - minimumMs + 1);
    if (isHealed()) return [delay()];
    if (isKeptBack(packet) || this.#isCut(packet) || random.next() < loss) return [];
    // Now and then a message is very late.
    const first = random.next() < 0.02 ? 10 * delay() : delay();
    return random.next() < duplication ? [first, 3 * delay()] : [first];
  }

  #isCut({ from, to }: Packet): boolean {
    const now = this.#dependencies.clock.now() - GENESIS * 1000;
    return this.#plan.partitions.some(
      (partition) =>
        now >= partition.from && now < partition.to && partition.side.includes(from) !== partition.side.includes(to),
    );
  }

  #arrive(packet: Packet): void {
    this.#dependencies.onDelivery(packet);
    for (const handler of [...(this.#receivers.get(packet.to) ?? [])]) handler(packet.topic, packet.bytes);
  }
}

/** How an oracle's own messages go out: as they are, or as a Byzantine one wants. */
export type Publish = (bytes: Uint8Array) => void;

/** An oracle's connection; what is published goes through `publish`. */
export function connect(network: SimNetwork, oracle: Address, publish: Publish): MessageBus {
  const leave: (() => void)[] = [];
  return {
    connected: true,
    publish: (_topic, payload) => {
      publish(payload.slice());
      return Promise.resolve();
    },
    subscribe: (_filter, handler) => {
      const forget = network.listen(oracle, handler);
      leave.push(forget);
      return Promise.resolve(() => {
        forget();
        return Promise.resolve();
      });
    },
    onConnection: () => () => undefined,
    close: () => {
      for (const forget of leave.splice(0)) forget();
      return Promise.resolve();
    },
  };
}
