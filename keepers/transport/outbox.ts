import { KeeperError } from "../core/errors.js";

/** A message that has not been confirmed. */
export interface Outgoing {
  readonly topic: string;
  readonly payload: Uint8Array;
}

interface Entry extends Outgoing {
  attempts: number;
  readonly resolve: (value: undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** A broker that hangs up on one message would otherwise do so for ever. */
const maximumAttempts = 5;

/** The messages that must arrive (qos 1) until the broker has them: at most `limit`, oldest first. */
export class Outbox {
  readonly #limit: number;
  readonly #entries = new Set<Entry>();

  constructor(options: { readonly limit: number }) {
    this.#limit = options.limit;
  }

  get length(): number {
    return this.#entries.size;
  }

  /** Everything unconfirmed, oldest first. */
  get entries(): Outgoing[] {
    return [...this.#entries];
  }

  /** Keeps a message; `delivered` settles when it is confirmed or given up. Throws `OUTGOING_QUEUE_FULL` (retriable). */
  add(topic: string, payload: Uint8Array): { readonly entry: Outgoing; readonly delivered: Promise<void> } {
    if (this.#entries.size >= this.#limit) {
      throw new KeeperError("OUTGOING_QUEUE_FULL", `${this.#limit} messages wait for the broker already`, {
        retriable: true,
      });
    }
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const entry: Entry = { topic, payload, attempts: 0, resolve, reject };
    this.#entries.add(entry);
    return { entry, delivered: promise };
  }

  /** Counts a try; false when there were too many, the message then being rejected with `DELIVERY_FAILED`. */
  attempt(entry: Outgoing): boolean {
    const kept = entry as Entry;
    kept.attempts += 1;
    if (kept.attempts <= maximumAttempts) return true;
    this.#entries.delete(kept);
    const message = `the broker lost the connection ${maximumAttempts} times before it confirmed a message to ${kept.topic}`;
    kept.reject(new KeeperError("DELIVERY_FAILED", message));
    return false;
  }

  confirm(entry: Outgoing): void {
    const kept = entry as Entry;
    if (this.#entries.delete(kept)) kept.resolve(undefined);
  }

  rejectAll(error: KeeperError): void {
    const entries = [...this.#entries];
    this.#entries.clear();
    for (const entry of entries) entry.reject(error);
  }
}
