import { Redis } from "ioredis";
import { describeError, KeeperError, maskUrls } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { backoffDelay } from "../core/retry.js";

export interface RedisLinksOptions {
  /** `redis://` or `rediss://`, with user, password and database if need be. */
  readonly url: string;
  /** For a connection, and for the answer to a command that adds or reads. Milliseconds. */
  readonly timeoutMs: number;
}

const RECONNECT = { baseMs: 50, maximumMs: 2_000 };

/** Both connections of a queue; each is made anew for as long as it takes. */
export interface RedisLinks {
  /** For adding and reading: fails at once while Redis is away. */
  readonly asking: Redis;
  /** For doing tasks: waits until Redis is back. */
  readonly working: Redis;
  close(): void;
}

/** Rejects with `QUEUE_UNAVAILABLE` (retriable), or with `QUEUE_UNSAFE` when this Redis could throw tasks away. */
export async function openRedisLinks(
  { url, timeoutMs }: RedisLinksOptions,
  dependencies: { readonly random: Random; readonly logger?: Logger | undefined },
): Promise<RedisLinks> {
  const shared = {
    ...{ lazyConnect: true, connectTimeout: timeoutMs, protocol: 2 as const, disableClientInfo: true },
    retryStrategy: (times: number) => Math.ceil(backoffDelay(times - 1, RECONNECT, dependencies.random)),
  };
  const asking = new Redis(url, {
    ...shared,
    ...{ enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: timeoutMs },
  });
  const working = new Redis(url, { ...shared, maxRetriesPerRequest: null });
  const links = { asking, working, close: () => [asking, working].forEach((redis) => redis.disconnect()) };
  for (const redis of [asking, working]) reportTrouble(redis, url, dependencies.logger);
  try {
    await Promise.all([connect(asking, url), connect(working, url)]);
    await checkKeeping(asking, dependencies.logger);
    return links;
  } catch (error) {
    links.close();
    throw error;
  }
}

async function connect(redis: Redis, url: string): Promise<void> {
  let reason: unknown;
  const note = (error: unknown): void => {
    reason = error;
  };
  redis.on("error", note);
  try {
    await redis.connect();
  } catch (error) {
    const message = `the queue's Redis at ${maskUrls(url)} cannot be reached`;
    throw new KeeperError("QUEUE_UNAVAILABLE", message, { retriable: true, cause: reason ?? error });
  } finally {
    redis.off("error", note);
  }
}

/** Each outage is told once. */
function reportTrouble(redis: Redis, url: string, logger: Logger | undefined): void {
  let isAway = false;
  redis.on("error", (error: unknown) => {
    if (!isAway) logger?.warn("the queue's Redis is away", { url: maskUrls(url), reason: describeError(error) });
    isAway = true;
  });
  redis.on("ready", () => {
    if (isAway) logger?.info("the queue's Redis is back", { url: maskUrls(url) });
    isAway = false;
  });
}

/** A Redis that evicts takes tasks away as it likes; one without a log on disk loses them when it ends. */
async function checkKeeping(redis: Redis, logger: Logger | undefined): Promise<void> {
  const policy = /maxmemory_policy:(\S+)/.exec(await redis.info("memory"))?.[1] ?? "noeviction";
  if (policy !== "noeviction") {
    const message = `the queue's Redis may evict tasks: set its maxmemory-policy to noeviction, it is ${policy}`;
    throw new KeeperError("QUEUE_UNSAFE", message);
  }
  if (!(await redis.info("persistence")).includes("aof_enabled:1")) {
    logger?.warn("the queue's Redis keeps no append-only file: when it ends it loses tasks; set appendonly to yes");
  }
}
