import type { Redis } from "ioredis";

/** A run of a job by BullMQ; the token is new each time. */
export interface JobRun {
  readonly id: string;
  readonly token: string;
}

/** ARGV: the job, its token, what the names of BullMQ's own locks begin with. Gives 1 when the key is the run's. */
const TAKE = `
local holder = redis.call('GET', KEYS[1])
if holder then
  local kind, job, token = string.match(holder, '^(%a+)|([^|]*)|(.*)$')
  if kind == 'next' and job ~= ARGV[1] or kind == 'run' and redis.call('GET', ARGV[3] .. job .. ':lock') == token then
    if not redis.call('LPOS', KEYS[2], ARGV[1]) then redis.call('RPUSH', KEYS[2], ARGV[1]) end
    return 0
  end
end
redis.call('LREM', KEYS[2], 0, ARGV[1])
redis.call('SET', KEYS[1], 'run|' .. ARGV[1] .. '|' .. ARGV[2])
return 1`;

/** ARGV: the job, its token, milliseconds that the next in line has to come. Gives who that is. */
const RELEASE = `
if redis.call('GET', KEYS[1]) ~= 'run|' .. ARGV[1] .. '|' .. ARGV[2] then return false end
local job = redis.call('LPOP', KEYS[2])
if job then redis.call('SET', KEYS[1], 'next|' .. job .. '|', 'PX', ARGV[3]) else redis.call('DEL', KEYS[1]) end
return job`;

/**
 * One run at a time for each key, among all processes, which BullMQ itself does not offer.
 *
 * A key belongs to a run of a job for as long as BullMQ's own lock on that job lives and has that run's token: it is renewed
 * with it, ends with it when the process dies, and a run that lost it cannot give the key away. Who finds a key taken stands
 * in line; who frees it passes it on to the first in line, who has `passMs` to come for it.
 */
export class KeyLocks {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #passMs: number;

  /** @param options `prefix`: of all names of the queue in Redis, with its colon. */
  constructor(options: { readonly prefix: string; readonly passMs: number }, redis: Redis) {
    this.#redis = redis;
    this.#prefix = options.prefix;
    this.#passMs = options.passMs;
  }

  /** False when another run has the key; the job then stands in line. */
  async take(key: string, { id, token }: JobRun): Promise<boolean> {
    return (await this.#redis.eval(TAKE, 2, ...this.#names(key), id, token, this.#prefix)) === 1;
  }

  /** Gives the job that is next, if one waits. Harmless when the key is not the run's any more. */
  async release(key: string, { id, token }: JobRun): Promise<string | undefined> {
    const next = await this.#redis.eval(RELEASE, 2, ...this.#names(key), id, token, this.#passMs);
    return typeof next === "string" ? next : undefined;
  }

  /** Whether `take` would succeed, for a job that stood in line while the key was freed. */
  async isFreeFor(key: string, id: string): Promise<boolean> {
    const holder = await this.#redis.get(this.#names(key)[0]);
    return holder === null || holder.startsWith(`next|${id}|`);
  }

  #names(key: string): [held: string, line: string] {
    return [`${this.#prefix}key:${key}`, `${this.#prefix}line:${key}`];
  }
}
