import type { Clock } from "../core/clock.js";
import { KeeperError } from "../core/errors.js";

/**
 * Gets each message whose topic matches. The payload is only lent: copy what must outlive the call. A handler that throws
 * is logged and harms nobody else.
 */
export type MessageHandler = (topic: string, payload: Uint8Array) => void;

/** Ends a subscription; harmless when called again or when the bus is closed. */
export type Unsubscribe = () => Promise<void>;

export interface PublishOptions {
  /** 0 (default): at most once, dropped while offline. 1: at least once, kept while offline up to a bound. */
  readonly qos?: 0 | 1;
}

/**
 * Topics and bytes between processes, with MQTT's rules: `+` stands for one level, a trailing `#` for any number, a
 * publisher hears itself when it subscribed, and a handler hears a message at least once however many filters match. Of the
 * buses that subscribed to `$share/<group>/<filter>` one gets each message, in turn; what was on its way to one that dies is
 * lost.
 */
export interface MessageBus {
  /** True between a connection's beginning and its loss. */
  readonly connected: boolean;
  /**
   * Resolves when the message left (qos 0) or the broker has it (qos 1, waiting for a connection if need be); until then
   * the payload must not change. Rejects with `DELIVERY_FAILED` when the broker hangs up on the message again and again,
   * `PAYLOAD_TOO_LARGE`, `TOPIC_INVALID`, `OUTGOING_QUEUE_FULL` (retriable) or `BUS_CLOSED`.
   */
  publish(topic: string, payload: Uint8Array, options?: PublishOptions): Promise<void>;
  /**
   * Resolves once messages will arrive: when the broker agreed, or at once while offline, the filter then being sent with
   * the connection. It is kept across reconnections. Rejects with `FILTER_INVALID`, `SUBSCRIPTION_REFUSED` or `BUS_CLOSED`.
   */
  subscribe(filter: string, handler: MessageHandler): Promise<Unsubscribe>;
  /** Tells every later change of `connected`; gives a function that ends the telling. */
  onConnection(listener: (connected: boolean) => void): () => void;
  /** Ends within a second; messages that wait are rejected with `BUS_CLOSED`. Idempotent. */
  close(): Promise<void>;
}

/** Resolves when the bus is connected; rejects with `BUS_OFFLINE` (retriable) after `timeoutMs`, or when `signal` aborts. */
export async function waitUntilConnected(
  bus: MessageBus,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  dependencies: { readonly clock: Clock },
): Promise<void> {
  if (bus.connected) return;
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal]);
  const connection = Promise.withResolvers<boolean>();
  const forget = bus.onConnection((connected) => {
    if (connected) connection.resolve(true);
  });
  const timeout = dependencies.clock.sleep(options.timeoutMs, signal).then(() => false);
  try {
    if (await Promise.race([connection.promise, timeout])) return;
    throw new KeeperError("BUS_OFFLINE", `no connection to the broker within ${options.timeoutMs} ms`, {
      retriable: true,
    });
  } finally {
    forget();
    timeout.catch(() => undefined);
    stop.abort();
  }
}
