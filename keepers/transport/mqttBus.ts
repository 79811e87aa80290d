import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { Cancel, Clock } from "../core/clock.js";
import { describeError, KeeperError, maskUrls } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { backoffDelay, type BackoffOptions } from "../core/retry.js";
import { BusBase, type BusLimits } from "./busBase.js";
import type { Outgoing } from "./outbox.js";

export interface MqttCredentials {
  readonly username: string;
  readonly password: string;
  /** In place of the options' own: brokers that check who connects may want it to be the username. */
  readonly clientId?: string;
}

export interface MqttBusOptions extends BusLimits {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`. */
  readonly url: string;
  /** Must be unique at the broker, which hangs up on the older of two equals. */
  readonly clientId: string;
  readonly backoff: BackoffOptions;
  /** Seconds of silence after which the broker is asked whether it lives. */
  readonly keepaliveSeconds: number;
  /** Milliseconds to wait for the broker's answer to a connection. */
  readonly connectTimeoutMs: number;
}

export interface MqttBusDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  /** Asked anew for each connection, because credentials are short-lived; a failure counts as a failed connection. */
  readonly credentials?: () => Promise<MqttCredentials>;
}

const schemes = ["mqtt:", "mqtts:", "ws:", "wss:"];
const refused = 0x80;
const farewellMs = 500;

/**
 * A MessageBus on any MQTT 3.1.1 broker. Each connection is a new client with a clean session; what must survive it (the
 * filters, the unconfirmed messages) is kept here. A lost connection is tried again for ever, with back-off.
 */
export class MqttBus extends BusBase {
  readonly #options: MqttBusOptions;
  readonly #dependencies: MqttBusDependencies;
  readonly #granted = new Set<string>();
  #client: MqttClient | undefined;
  #failures = 0;
  #reason: unknown;
  #cancelReconnect: Cancel = () => undefined;

  /** Begins to connect at once. Throws `BROKER_URL_INVALID`. */
  constructor(options: MqttBusOptions, dependencies: MqttBusDependencies) {
    super(options, dependencies);
    if (!URL.canParse(options.url) || !schemes.includes(new URL(options.url).protocol)) {
      const message = `a broker URL begins with mqtt://, mqtts://, ws:// or wss://, got ${maskUrls(options.url)}`;
      throw new KeeperError("BROKER_URL_INVALID", message);
    }
    this.#options = options;
    this.#dependencies = dependencies;
    void this.#connect();
  }

  protected override _send(topic: string, payload: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.#client === undefined) return resolve();
      this.#client.publish(topic, view(payload), { qos: 0 }, () => resolve());
    });
  }

  protected override _deliver(entry: Outgoing): void {
    if (this.#client === undefined || !this._outbox.attempt(entry)) return;
    this.#client.publish(entry.topic, view(entry.payload), { qos: 1 }, (error) => {
      if (!error) this._outbox.confirm(entry);
    });
  }

  protected override async _subscribe(filter: string): Promise<void> {
    if (this.#client !== undefined && !this.#granted.has(filter)) await this.#subscribeOn(this.#client, filter);
  }

  protected override async _unsubscribe(filter: string): Promise<void> {
    this.#granted.delete(filter);
    await this.#client?.unsubscribeAsync(filter).catch(() => undefined);
    // Somebody may have subscribed again while the broker was told to stop.
    if (this._subscriptions.has(filter) && this.connected) await this._subscribe(filter);
  }

  protected override async _end(): Promise<void> {
    this.#cancelReconnect();
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    const stop = new AbortController();
    const limit = this.#dependencies.clock.sleep(farewellMs, stop.signal).catch(() => undefined);
    await Promise.race([client.endAsync().catch(() => undefined), limit]);
    stop.abort();
    client.stream.destroy();
  }

  async #connect(): Promise<void> {
    try {
      const credentials = await this.#dependencies.credentials?.();
      if (!this.closed) this.#client = this.#open(credentials);
    } catch (error) {
      this.#reason = error;
      this.#scheduleReconnect();
    }
  }

  #open(credentials: MqttCredentials | undefined): MqttClient {
    const client = mqtt.connect(this.#options.url, this.#clientOptions(credentials));
    client.on("connect", () => void this.#onConnect(client));
    client.on("message", (topic, payload) => this._receive(topic, payload));
    client.on("error", (error) => {
      this.#reason = error;
    });
    client.on("close", () => this.#onClose(client));
    return client;
  }

  #clientOptions(credentials: MqttCredentials | undefined): IClientOptions {
    return {
      clientId: this.#options.clientId,
      ...credentials,
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      keepalive: this.#options.keepaliveSeconds,
      connectTimeout: this.#options.connectTimeoutMs,
      timerVariant: "native",
    };
  }

  /** Subscribes before it says that it is connected, so that "connected" means "receiving". */
  async #onConnect(client: MqttClient): Promise<void> {
    this.#granted.clear();
    const tried = new Set<string>();
    const next = (): string | undefined => this._subscriptions.filters.find((filter) => !tried.has(filter));
    for (let filter = next(); filter !== undefined; filter = next()) {
      tried.add(filter);
      await this.#resubscribe(client, filter);
    }
    if (this.#client !== client) return;
    this.#failures = 0;
    this.#dependencies.logger?.info("connected to the broker", { url: this.#options.url });
    this._setConnected(true);
  }

  async #resubscribe(client: MqttClient, filter: string): Promise<void> {
    try {
      await this.#subscribeOn(client, filter);
    } catch (error) {
      this.#dependencies.logger?.error("a subscription was refused", { filter, error: describeError(error) });
    }
  }

  /** A connection lost meanwhile is no failure: the filter is sent again with the next one. */
  async #subscribeOn(client: MqttClient, filter: string): Promise<void> {
    try {
      const grants = await client.subscribeAsync(filter, { qos: 1 });
      if (grants.some((grant) => grant.qos >= refused)) throw new Error("not authorised");
      if (this.#client === client) this.#granted.add(filter);
    } catch (cause) {
      if (this.#client !== client) return;
      throw new KeeperError("SUBSCRIPTION_REFUSED", `the broker refused the subscription to ${filter}`, { cause });
    }
  }

  #onClose(client: MqttClient): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#granted.clear();
    client.end(true);
    this._setConnected(false);
    this.#scheduleReconnect();
  }

  #scheduleReconnect(): void {
    if (this.closed) return;
    const delayMs = backoffDelay(this.#failures, this.#options.backoff, this.#dependencies.random);
    this.#failures += 1;
    const reason = this.#reason === undefined ? "closed" : describeError(this.#reason);
    this.#reason = undefined;
    this.#dependencies.logger?.warn("no connection to the broker", { url: this.#options.url, reason, delayMs });
    this.#cancelReconnect = this.#dependencies.clock.schedule(delayMs, () => this.#connect());
  }
}

/** The same bytes as a Buffer, which mqtt.js wants. */
function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
