import type { HeartbeatBus } from "../heartbeat/heartbeatSender.js";
import type { MessageBus } from "../transport/messageBus.js";
import type { Credentials } from "./sessionKeeper.js";

/** Connects to a broker; `credentials` is asked for each connection. */
export type ConnectBus = (brokerUrl: string, credentials: () => Promise<Credentials>) => MessageBus;

/** The bus that the session names at present: none while the node is refused, another one when the broker moves. */
export class SessionBus implements HeartbeatBus {
  readonly #connect: (brokerUrl: string) => MessageBus;
  #bus: MessageBus | undefined;
  #url: string | undefined;
  #closed = false;

  constructor(dependencies: { readonly connect: (brokerUrl: string) => MessageBus }) {
    this.#connect = dependencies.connect;
  }

  get connected(): boolean {
    return this.#bus?.connected ?? false;
  }

  async publish(topic: string, payload: Uint8Array): Promise<void> {
    await this.#bus?.publish(topic, payload);
  }

  /** Stays with the present bus when it is the same broker's. */
  use(brokerUrl: string): void {
    if (this.#closed || this.#url === brokerUrl) return;
    void this.leave();
    this.#url = brokerUrl;
    this.#bus = this.#connect(brokerUrl);
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
}
