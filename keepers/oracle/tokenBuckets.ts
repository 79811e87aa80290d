import type { Clock } from "../core/clock.js";

export interface TokenBucketOptions {
  /** Tokens in a full bucket: how many may come at once. */
  readonly burst: number;
  /** Tokens that flow in each second, fractions included. */
  readonly perSecond: number;
  /** Most buckets kept; beyond it the one unused for longest is forgotten, and full again when it comes back. */
  readonly capacity: number;
}

interface Bucket {
  tokens: number;
  refilledAt: number;
}

/** A limit on how often each of many senders may do something. Memory is bounded, and a new sender starts with a full bucket. */
export class TokenBuckets {
  readonly #options: TokenBucketOptions;
  readonly #clock: Pick<Clock, "now">;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: TokenBucketOptions, dependencies: { readonly clock: Pick<Clock, "now"> }) {
    this.#options = options;
    this.#clock = dependencies.clock;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token; false when the sender has none left. */
  take(sender: string): boolean {
    const bucket = this.#touch(sender);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** The sender's bucket, filled up to now and moved to the end of the queue of those to forget. */
  #touch(sender: string): Bucket {
    const now = this.#clock.now();
    const { burst, perSecond } = this.#options;
    const bucket = this.#buckets.get(sender) ?? { tokens: burst, refilledAt: now };
    const elapsedMs = Math.max(0, now - bucket.refilledAt); // a clock set back adds nothing
    bucket.tokens = Math.min(burst, bucket.tokens + (elapsedMs * perSecond) / 1_000);
    bucket.refilledAt = now;
    this.#buckets.delete(sender);
    this.#buckets.set(sender, bucket);
    this.#forgetOldest();
    return bucket;
  }

  #forgetOldest(): void {
    if (this.#buckets.size <= this.#options.capacity) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
