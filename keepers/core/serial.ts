import { KeeperError } from "./errors.js";

/** Runs asynchronous tasks one at a time, in the order given; at most `limit` may wait or run. */
export class SerialQueue {
  readonly #limit: number;
  #tail: Promise<unknown> = Promise.resolve();
  #length = 0;
  #closed = false;

  constructor(options: { readonly limit: number }) {
    this.#limit = options.limit;
  }

  /** Tasks that wait or run. */
  get length(): number {
    return this.#length;
  }

  /** The task's own outcome. Rejects with `QUEUE_FULL` (retriable) or `QUEUE_CLOSED` without running it. */
  run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new KeeperError("QUEUE_CLOSED", "the queue is closed"));
    if (this.#length >= this.#limit) return Promise.reject(this.#full());
    this.#length += 1;
    const result = this.#tail.then(task).finally(() => {
      this.#length -= 1;
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything handed in so far has ended, well or not. */
  async idle(): Promise<void> {
    await this.#tail;
  }

  /** Refuses new tasks and waits for those handed in. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#tail;
  }

  #full(): KeeperError {
    return new KeeperError("QUEUE_FULL", `${this.#limit} tasks wait already`, { retriable: true });
  }
}
