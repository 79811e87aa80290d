import type { Clock } from "../core/clock.js";
import type { Logger } from "../core/logger.js";
import { BusBase, type BusLimits } from "./busBase.js";
import type { Outgoing } from "./outbox.js";
import { isShared, matches, ownFilter } from "./topics.js";

/** A message on its way to one bus. */
export interface Delivery {
  readonly from: string;
  readonly to: string;
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** When a message arrives, as delays in milliseconds: `[]` loses it, two delays duplicate it. */
export type Network = (delivery: Delivery) => readonly number[];

export interface MemoryHubOptions extends BusLimits {
  /** Default: everything arrives once, with no delay. */
  readonly network?: Network;
}

interface HubDependencies {
  readonly clock: Clock;
  readonly logger?: Logger;
}

/**
 * A broker inside the process. Messages travel through the injected clock, so that with a virtual clock and a seeded
 * network every run is the same. Messages of equal delay arrive in the order they were sent.
 */
export class MemoryHub {
  readonly #options: MemoryHubOptions;
  readonly #dependencies: HubDependencies;
  readonly #buses = new Set<MemoryBus>();
  /** Messages so far by shared filter. */
  readonly #turns = new Map<string, number>();

  constructor(options: MemoryHubOptions, dependencies: HubDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** A connected bus; `name` tells it apart in `Network`. */
  connect(name: string): MemoryBus {
    const bus = new MemoryBus(name, this, this.#options, this.#dependencies);
    this.#buses.add(bus);
    bus.setConnected(true);
    return bus;
  }

  /** Loses every connection, or gives them all back. */
  setConnected(connected: boolean): void {
    for (const bus of this.#buses) bus.setConnected(connected);
  }

  /** Sends a message to every connected bus that subscribed, and to one bus of each group that shares it, in turn. */
  route(from: string, topic: string, payload: Uint8Array): void {
    const copy = payload.slice();
    const sharing = new Map<string, MemoryBus[]>();
    for (const bus of this.#buses) {
      if (bus.listensTo(topic)) this.#send({ from, to: bus.name, topic, payload: copy }, bus);
      for (const filter of bus.sharedFilters(topic)) sharing.set(filter, [...(sharing.get(filter) ?? []), bus]);
    }
    for (const [filter, members] of sharing) {
      const turn = this.#turns.get(filter) ?? 0;
      this.#turns.set(filter, turn + 1);
      const bus = members[turn % members.length] as MemoryBus;
      this.#send({ from, to: bus.name, topic, payload: copy }, bus);
    }
  }

  forget(bus: MemoryBus): void {
    this.#buses.delete(bus);
  }

  #send(delivery: Delivery, bus: MemoryBus): void {
    for (const delayMs of this.#options.network?.(delivery) ?? [0]) {
      this.#dependencies.clock.schedule(delayMs, () => bus.arrive(delivery));
    }
  }
}

/** A client of a MemoryHub; made by `MemoryHub.connect`. */
export class MemoryBus extends BusBase {
  readonly name: string;
  readonly #hub: MemoryHub;

  constructor(name: string, hub: MemoryHub, limits: BusLimits, dependencies: HubDependencies) {
    super(limits, dependencies);
    this.name = name;
    this.#hub = hub;
  }

  /** Loses the connection, or gives it back. */
  setConnected(connected: boolean): void {
    if (!this.closed) this._setConnected(connected);
  }

  /** Whether it gets every message under the topic. */
  listensTo(topic: string): boolean {
    return this.connected && this._subscriptions.filters.some((filter) => !isShared(filter) && matches(filter, topic));
  }

  /** Its shared filters that the topic matches. */
  sharedFilters(topic: string): string[] {
    if (!this.connected) return [];
    return this._subscriptions.filters.filter((filter) => isShared(filter) && matches(ownFilter(filter), topic));
  }

  /** Called by the hub; what arrives on a lost connection is lost. */
  arrive({ topic, payload }: Delivery): void {
    if (this.connected && !this.closed) this._receive(topic, payload.slice());
  }

  protected override _send(topic: string, payload: Uint8Array): Promise<void> {
    this.#hub.route(this.name, topic, payload);
    return Promise.resolve();
  }

  protected override _deliver(entry: Outgoing): void {
    this.#hub.route(this.name, entry.topic, entry.payload);
    this._outbox.confirm(entry);
  }

  protected override _subscribe(): Promise<void> {
    return Promise.resolve();
  }

  protected override _unsubscribe(): Promise<void> {
    return Promise.resolve();
  }

  protected override _end(): Promise<void> {
    this.#hub.forget(this);
    return Promise.resolve();
  }
}
