import { Redis } from "ioredis";
import type { Cancel, Clock } from "../../core/clock.js";
import { describeError, KeeperError, maskUrls } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import { backoffDelay, type BackoffOptions } from "../../core/retry.js";

export interface RedisConnectionOptions {
  /** `redis://` or `rediss://`, with user, password and database if need be. */
  readonly url: string;
  readonly backoff: BackoffOptions;
  /** Milliseconds to wait for a connection, and for the answer to a command. */
  readonly timeoutMs: number;
}

export interface RedisConnectionDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger | undefined;
  /** Makes a new connection ready for use; when it rejects, the connection counts as failed. */
  readonly prepare: (redis: Redis) => Promise<void>;
  readonly onConnected: () => void;
}

/**
 * A connection to Redis that is made anew, with back-off, for as long as it takes. A command that fails ends the connection:
 * nobody can tell what became of those after it.
 */
export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  readonly #dependencies: RedisConnectionDependencies;
  #socket: Redis | undefined;
  #ready: Redis | undefined;
  #failures = 0;
  #reason: unknown = "not connected yet";
  #cancelReconnect: Cancel = () => undefined;
  #closed = false;

  constructor(options: RedisConnectionOptions, dependencies: RedisConnectionDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  get connected(): boolean {
    return this.#ready !== undefined;
  }

  /** Why Redis cannot be used; undefined when it can. */
  get problem(): string | undefined {
    if (this.connected) return undefined;
    return `Redis at ${maskUrls(this.#options.url)} cannot be used: ${describeError(this.#reason)}`;
  }

  /**
   * Resolves when the first attempt has ended, well or not; further ones follow by themselves. Rejects with what `prepare`
   * found that no waiting mends.
   */
  async start(): Promise<void> {
    await this.#connect();
    if (isLasting(this.#reason)) throw this.#reason;
  }

  /** Runs commands; rejects with `REDIS_FAILED` (retriable) when there is no connection or it breaks. */
  async run<T>(operation: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = this.#ready;
    if (redis === undefined) throw new KeeperError("REDIS_FAILED", this.problem ?? "", { retriable: true });
    try {
      const result = await operation(redis);
      this.#failures = 0;
      return result;
    } catch (cause) {
      if (isLasting(cause)) throw cause;
      this.#lose(redis, cause);
      throw new KeeperError("REDIS_FAILED", "a command to Redis failed", { retriable: true, cause });
    }
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#cancelReconnect();
    this.#socket?.disconnect();
    this.#reason = "closed";
    this.#socket = this.#ready = undefined;
  }

  async #connect(): Promise<void> {
    const { timeoutMs, url } = this.#options;
    const redis = new Redis(url, {
      ...{ lazyConnect: true, enableOfflineQueue: false, autoResendUnfulfilledCommands: false },
      ...{ retryStrategy: () => null, maxRetriesPerRequest: 0, protocol: 2, disableClientInfo: true },
      ...{ connectTimeout: timeoutMs, commandTimeout: timeoutMs },
    });
    this.#socket = redis;
    redis.on("error", (error) => {
      this.#reason = error;
    });
    redis.on("end", () => this.#lose(redis, this.#reason));
    this.#reason = "the connection was lost";
    try {
      await redis.connect();
      await this.#dependencies.prepare(redis);
      if (this.#socket === redis) this.#use(redis);
    } catch (error) {
      this.#lose(redis, isClosed(error) ? this.#reason : error);
    }
  }

  #use(redis: Redis): void {
    this.#ready = redis;
    this.#dependencies.logger?.info("connected to Redis", { url: maskUrls(this.#options.url) });
    this.#dependencies.onConnected();
  }

  #lose(redis: Redis, reason: unknown): void {
    if (this.#socket !== redis) return;
    this.#socket = this.#ready = undefined;
    this.#reason = reason;
    redis.disconnect();
    if (this.#closed) return;
    const { clock, random, logger } = this.#dependencies;
    const delayMs = backoffDelay(this.#failures, this.#options.backoff, random);
    this.#failures += 1;
    logger?.warn("Redis cannot be used", {
      ...{ url: maskUrls(this.#options.url), reason: describeError(reason), delayMs },
    });
    this.#cancelReconnect = clock.schedule(delayMs, () => this.#connect());
  }
}

/** What ioredis says of commands when the connection ends; the reason itself was an event before. */
function isClosed(error: unknown): boolean {
  return error instanceof Error && error.message === "Connection is closed.";
}

function isLasting(error: unknown): boolean {
  return error instanceof KeeperError && !error.retriable;
}
