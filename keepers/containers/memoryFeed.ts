interface Subscriber<T> {
  readonly values: T[];
  wake: () => void;
}

/** Hands values on to whoever subscribed before they came. */
export class MemoryFeed<T> {
  readonly #subscribers = new Set<Subscriber<T>>();
  #ended = false;

  push(value: T): void {
    for (const subscriber of this.#subscribers) {
      subscriber.values.push(value);
      subscriber.wake();
    }
  }

  /** From this call on, until the signal or `end`. */
  subscribe(signal?: AbortSignal): AsyncGenerator<T> {
    const subscriber: Subscriber<T> = { values: [], wake: () => undefined };
    this.#subscribers.add(subscriber);
    return this.#give(subscriber, signal);
  }

  end(): void {
    this.#ended = true;
    for (const { wake } of this.#subscribers) wake();
  }

  async *#give(subscriber: Subscriber<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
    const wake = (): void => subscriber.wake();
    signal?.addEventListener("abort", wake);
    try {
      while (!this.#ended && signal?.aborted !== true) {
        const woken = new Promise<void>((resolve) => (subscriber.wake = resolve));
        if (subscriber.values.length === 0) await woken;
        else yield subscriber.values.shift() as T;
      }
    } finally {
      signal?.removeEventListener("abort", wake);
      this.#subscribers.delete(subscriber);
    }
  }
}
