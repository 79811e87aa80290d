import { describeError, KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { MessageBus, MessageHandler, PublishOptions, Unsubscribe } from "./messageBus.js";
import { Outbox, type Outgoing } from "./outbox.js";
import { Subscriptions } from "./subscriptions.js";
import { checkFilter, checkTopic } from "./topics.js";

/** Bounds that every bus keeps. */
export interface BusLimits {
  /** Larger payloads are neither sent nor handed to handlers. */
  readonly maximumPayloadBytes: number;
  /** Messages of qos 1 that may wait for the broker. */
  readonly outgoingLimit: number;
}

/** The rules of MessageBus that do not depend on how bytes travel; a bus adds the four operations at the end. */
export abstract class BusBase implements MessageBus {
  protected readonly _subscriptions: Subscriptions;
  protected readonly _outbox: Outbox;
  readonly #maximumPayloadBytes: number;
  readonly #logger: Logger | undefined;
  readonly #listeners = new Set<(connected: boolean) => void>();
  #connected = false;
  #closing: Promise<void> | undefined;

  constructor(limits: BusLimits, dependencies: { readonly logger?: Logger | undefined }) {
    this.#maximumPayloadBytes = limits.maximumPayloadBytes;
    this.#logger = dependencies.logger;
    this._subscriptions = new Subscriptions(dependencies);
    this._outbox = new Outbox({ limit: limits.outgoingLimit });
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Messages of qos 1 that the broker has not confirmed. */
  get outgoing(): number {
    return this._outbox.length;
  }

  async publish(topic: string, payload: Uint8Array, options: PublishOptions = {}): Promise<void> {
    this.#checkOpen();
    checkTopic(topic);
    this.#checkSize(payload);
    if (options.qos !== 1) return this.#connected ? this._send(topic, payload) : undefined;
    const { entry, delivered } = this._outbox.add(topic, payload);
    if (this.#connected) this._deliver(entry);
    return delivered;
  }

  async subscribe(filter: string, handler: MessageHandler): Promise<Unsubscribe> {
    this.#checkOpen();
    checkFilter(filter);
    this._subscriptions.add(filter, handler);
    try {
      if (this.#connected) await this._subscribe(filter);
    } catch (error) {
      this._subscriptions.remove(filter, handler);
      throw error;
    }
    let ended = false;
    return async () => {
      if (ended) return;
      ended = true;
      if (this._subscriptions.remove(filter, handler) && this.#connected) await this._unsubscribe(filter);
    };
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** True from the first call of `close`. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Records that the connection came or went; messages that wait are sent when it came. */
  protected _setConnected(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    if (connected) for (const entry of this._outbox.entries) this._deliver(entry);
    for (const listener of this.#listeners) this.#tell(listener, connected);
  }

  /** Hands a message that arrived to the handlers. */
  protected _receive(topic: string, payload: Uint8Array): void {
    if (payload.length <= this.#maximumPayloadBytes) return this._subscriptions.dispatch(topic, payload);
    this.#logger?.warn("an oversized message was dropped", { topic, bytes: payload.length });
  }

  /** Sends once (qos 0); never rejects, because nobody can tell a late loss from an early one. */
  protected abstract _send(topic: string, payload: Uint8Array): Promise<void>;
  /** Sends a kept message; confirms it in the outbox when the broker has it. */
  protected abstract _deliver(entry: Outgoing): void;
  protected abstract _subscribe(filter: string): Promise<void>;
  protected abstract _unsubscribe(filter: string): Promise<void>;
  /** Gives the connection up; called once. */
  protected abstract _end(): Promise<void>;

  async #close(): Promise<void> {
    this._outbox.rejectAll(new KeeperError("BUS_CLOSED", "the message bus was closed"));
    this._subscriptions.clear();
    this.#listeners.clear();
    await this._end();
    this.#connected = false;
  }

  #tell(listener: (connected: boolean) => void, connected: boolean): void {
    try {
      listener(connected);
    } catch (error) {
      this.#logger?.error("a connection listener failed", { error: describeError(error) });
    }
  }

  #checkOpen(): void {
    if (this.closed) throw new KeeperError("BUS_CLOSED", "the message bus is closed");
  }

  #checkSize(payload: Uint8Array): void {
    if (payload.length <= this.#maximumPayloadBytes) return;
    const message = `the payload has ${payload.length} bytes, at most ${this.#maximumPayloadBytes} are allowed`;
    throw new KeeperError("PAYLOAD_TOO_LARGE", message);
  }
}
