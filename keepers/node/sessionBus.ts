import type { HeartbeatBus } from "../heartbeat/heartbeatSender.js";
import { describeError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { MessageBus, MessageHandler } from "../transport/messageBus.js";
import type { Credentials } from "./sessionKeeper.js";

/** Connects to a broker; `credentials` is asked for each connection. */
export type ConnectBus = (brokerUrl: string, credentials: () => Promise<Credentials>) => MessageBus;

/** The bus that the session names at present: none while the node is refused, another one when the broker moves. */
export class SessionBus implements HeartbeatBus {
  readonly #connect: (brokerUrl: string) => MessageBus;
  readonly #logger: Logger;
  readonly #handlers = new Map<string, MessageHandler>();
  #bus: MessageBus | undefined;
  #url: string | undefined;
  #closed = false;

  constructor(dependencies: { readonly connect: (brokerUrl: string) => MessageBus; readonly logger: Logger }) {
    this.#connect = dependencies.connect;
    this.#logger = dependencies.logger;
  }

  get connected(): boolean {
    return this.#bus?.connected ?? false;
  }

  async publish(topic: string, payload: Uint8Array): Promise<void> {
    await this.#bus?.publish(topic, payload);
  }

  /** Hears a filter on the present bus and on all after it, for as long as this lives; one handler for each filter. */
  hear(filter: string, handler: MessageHandler): void {
    this.#handlers.set(filter, handler);
    this.#subscribe(filter, handler);
  }

  /** Stays with the present bus when it is the same broker's. */
  use(brokerUrl: string): void {
    if (this.#closed || this.#url === brokerUrl) return;
    void this.leave();
    this.#url = brokerUrl;
    this.#bus = this.#connect(brokerUrl);
    for (const [filter, handler] of this.#handlers) this.#subscribe(filter, handler);
  }

  /** Gives the connection up. */
  async leave(): Promise<void> {
    const bus = this.#bus;
    this.#bus = undefined;
    this.#url = undefined;
    await bus?.close();
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.leave();
  }

  /** A broker that refuses costs the node what it would hear, and nothing else. */
  #subscribe(filter: string, handler: MessageHandler): void {
    this.#bus?.subscribe(filter, handler).catch((error: unknown) => {
      if (!this.#closed)
        this.#logger.warn("the broker refuses a subscription", { filter, error: describeError(error) });
    });
  }
}
