import { DelayedError, type Job, Queue, UnrecoverableError, Worker } from "bullmq";
import type { Clock } from "../core/clock.js";
import { endsWithin } from "../core/endsWithin.js";
import { describeError, errorCode, KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { attemptTask, CUT_OFF, noTotals, type Outcome } from "./attempt.js";
import { KeyLocks, type JobRun } from "./keyLocks.js";
import { openRedisLinks, type RedisLinks, type RedisLinksOptions } from "./redisLinks.js";
import { recordOf, type TaskRecord } from "./task.js";
import {
  type DeadTask,
  INTERRUPT_MS,
  type QueueCounts,
  type QueueOptions,
  type QueueTotals,
  type TaskHandler,
  type TaskOptions,
  type WorkQueue,
} from "./workQueue.js";

export interface BullQueueOptions<T> extends QueueOptions<T>, RedisLinksOptions {
  /** A process that says nothing for so long has lost its tasks, and others run them. Milliseconds. */
  readonly lockMs: number;
}

export interface BullQueueDependencies {
  /** The machine's own: BullMQ knows no other. */
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger | undefined;
}

type TaskJob = Job<TaskRecord, undefined>;

/** BullMQ must not give up by itself: how often a task is tried, and after how many crashes it is dead, is decided here. */
const BOUNDLESS = 1_000_000_000;
const EVENTS_KEPT = 1_000;

/** Tells BullMQ when to try again. */
class RetryLater extends Error {
  readonly delayMs: number;

  constructor(message: string, delayMs: number) {
    super(message);
    this.delayMs = delayMs;
  }
}

/** A WorkQueue that several processes share, on BullMQ in one Redis. */
export class BullQueue<T> implements WorkQueue<T> {
  readonly #options: BullQueueOptions<T>;
  readonly #dependencies: BullQueueDependencies;
  readonly #links: RedisLinks;
  readonly #queue: Queue<TaskRecord, undefined>;
  readonly #keys: KeyLocks;
  readonly #running = new Map<string, AbortController>();
  readonly #totals = noTotals();
  #worker: Worker<TaskRecord, undefined> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: BullQueueOptions<T>, dependencies: BullQueueDependencies, links: RedisLinks) {
    const { name } = options;
    this.#options = options;
    this.#dependencies = dependencies;
    this.#links = links;
    this.#queue = new Queue(name, {
      ...{ connection: links.asking, prefix: prefixOf(name), streams: { events: { maxLen: EVENTS_KEPT } } },
    });
    this.#queue.on("error", (error) => this.#report(error));
    this.#keys = new KeyLocks({ prefix: `${prefixOf(name)}:${name}:`, passMs: options.lockMs }, links.working);
  }

  /** Rejects with `QUEUE_UNAVAILABLE` (retriable) or `QUEUE_UNSAFE`. */
  static async open<T>(options: BullQueueOptions<T>, dependencies: BullQueueDependencies): Promise<BullQueue<T>> {
    return new BullQueue(options, dependencies, await openRedisLinks(options, dependencies));
  }

  get totals(): QueueTotals {
    return { ...this.#totals };
  }

  async add(task: T, given: TaskOptions = {}): Promise<string> {
    if (this.#closing !== undefined) throw new KeeperError("QUEUE_CLOSED", `the queue ${this.#options.name} is closed`);
    const record = recordOf(task, given, this.#options, this.#dependencies.random);
    await this.#ask(async () => {
      const jobId = jobIdOf(record.id);
      if (given.id !== undefined) await this.#forgetDead(jobId);
      await this.#queue.add("task", record, {
        ...{ jobId, delay: Math.max(0, Math.ceil(given.delayMs ?? 0)), attempts: BOUNDLESS, backoff: { type: "own" } },
        ...{ removeOnComplete: true, removeOnFail: { count: this.#options.deadLimit }, stackTraceLimit: 1 },
      });
    });
    return record.id;
  }

  process(handler: TaskHandler<T>): void {
    if (this.#worker !== undefined) throw new KeeperError("QUEUE_BUSY", "the queue has a handler already");
    const { name, concurrency, lockMs } = this.#options;
    const worker = new Worker<TaskRecord, undefined>(name, (job, token = "") => this.#run(job, token, handler), {
      ...{ connection: this.#links.working, prefix: prefixOf(name), concurrency },
      ...{ lockDuration: lockMs, stalledInterval: lockMs, maxStalledCount: BOUNDLESS, runRetryDelay: 1_000 },
      settings: { backoffStrategy: (_attempts, _type, error) => (error instanceof RetryLater ? error.delayMs : 0) },
    });
    worker.on("error", (error) => this.#report(error));
    worker.on("lockRenewalFailed", (jobIds) => jobIds.forEach((jobId) => this.#lose(jobId)));
    this.#worker = worker;
  }

  async counts(): Promise<QueueCounts> {
    const counts = await this.#ask(() => this.#queue.getJobCounts("wait", "delayed", "active", "failed"));
    const { wait = 0, delayed = 0, active = 0, failed = 0 } = counts;
    return { waiting: wait + delayed, running: active, dead: failed };
  }

  async dead(): Promise<readonly DeadTask[]> {
    const jobs: TaskJob[] = await this.#ask(() => this.#queue.getFailed(0, this.#options.deadLimit - 1));
    return jobs.reverse().map(({ data: { id, key, task }, failedReason }) => ({ id, key, task, error: failedReason }));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #run(job: TaskJob, token: string, handler: TaskHandler<T>): Promise<undefined> {
    const run = { id: jobIdOf(job.data.id), token };
    // Redis was away for too long, and gave the task to this process again while it still runs here.
    if (this.#running.has(run.id)) return this.#putBack(job, token, this.#options.lockMs);
    const abort = new AbortController();
    this.#running.set(run.id, abort);
    try {
      const outcome = await this.#runAlone(job, run, handler, abort.signal);
      await (outcome === undefined ? this.#standInLine(job, run) : this.#settle(job, token, outcome));
      return;
    } finally {
      this.#running.delete(run.id);
    }
  }

  /** Undefined when another task has the key. */
  async #runAlone(
    job: TaskJob,
    run: JobRun,
    handler: TaskHandler<T>,
    signal: AbortSignal,
  ): Promise<Outcome | undefined> {
    const { key } = job.data;
    if (key === undefined) return this.#attempt(job, handler, signal);
    if (!(await this.#keys.take(key, run))) return undefined;
    try {
      return await this.#attempt(job, handler, signal);
    } finally {
      const next = await this.#keys.release(key, run);
      if (next !== undefined) await this.#wake(next);
    }
  }

  /** How many attempts began is kept with the job: after a crash that is all that is known of the last one. */
  async #attempt(job: TaskJob, handler: TaskHandler<T>, signal: AbortSignal): Promise<Outcome> {
    const record = job.data;
    const number = begunOf(job) + 1;
    if (number > record.attempts) return { kind: "died", error: CUT_OFF };
    await job.updateProgress(number);
    const { schema } = this.#options;
    const outcome = await attemptTask({ record, number, signal }, handler, {
      schema,
      random: this.#dependencies.random,
    });
    // One that was lost counts: another process may have begun the next by now.
    if (outcome.kind === "interrupted" && this.#closing !== undefined) await job.updateProgress(number - 1);
    return outcome;
  }

  async #settle(job: TaskJob, token: string, outcome: Outcome): Promise<undefined> {
    this.#totals[outcome.kind] += 1;
    if (outcome.kind === "done") return undefined;
    if (outcome.kind === "interrupted") return this.#putBack(job, token, 0);
    if (outcome.kind === "retried") throw new RetryLater(outcome.error, outcome.delayMs);
    const { id } = job.data;
    this.#dependencies.logger?.warn("a task died", { queue: this.#options.name, id, error: outcome.error });
    throw new UnrecoverableError(outcome.error);
  }

  /** The key may have been freed before the job was laid aside, and then nobody will wake it. */
  async #standInLine(job: TaskJob, run: JobRun): Promise<undefined> {
    const { key = "" } = job.data;
    await job.moveToDelayed(this.#dependencies.clock.now() + this.#options.lockMs, run.token);
    if (await this.#keys.isFreeFor(key, run.id)) await this.#wake(run.id);
    throw new DelayedError();
  }

  /** Without counting the attempt. */
  async #putBack(job: TaskJob, token: string, delayMs: number): Promise<never> {
    await job.moveToDelayed(this.#dependencies.clock.now() + delayMs, token);
    throw new DelayedError();
  }

  /** A job that is not laid aside (yet, or any more) needs no waking: it looks for itself. */
  async #wake(jobId: string): Promise<void> {
    try {
      const job: TaskJob | undefined = await this.#queue.getJob(jobId);
      await job?.promote();
    } catch (error) {
      this.#dependencies.logger?.debug("a task was not woken", { queue: this.#options.name, error });
    }
  }

  #lose(jobId: string): void {
    const message = "another process may run this task by now: Redis did not hear of this one for too long";
    this.#running.get(jobId)?.abort(new KeeperError("TASK_LOST", message, { retriable: true }));
  }

  async #forgetDead(jobId: string): Promise<void> {
    const job: TaskJob | undefined = await this.#queue.getJob(jobId);
    if (job === undefined || !(await job.isFailed())) return;
    // Somebody else may have removed it, added it anew, and a worker may run it by now: then it is not to be removed.
    await job.remove().catch(() => undefined);
  }

  async #ask<R>(operation: () => Promise<R>): Promise<R> {
    try {
      return await operation();
    } catch (cause) {
      const { name } = this.#options;
      if (describeError(cause).includes("OOM command not allowed")) {
        throw new KeeperError("QUEUE_FULL", `the Redis of the queue ${name} is full`, { retriable: true, cause });
      }
      throw new KeeperError("QUEUE_UNAVAILABLE", `the Redis of the queue ${name} did not answer`, {
        ...{ retriable: true, cause },
      });
    }
  }

  /** What becomes of the connection is told by those who keep it. */
  #report(error: unknown): void {
    if (errorCode(error) === undefined) {
      this.#dependencies.logger?.warn("BullMQ met an error", { queue: this.#options.name, error });
    }
  }

  async #close(): Promise<void> {
    const { clock } = this.#dependencies;
    const done = this.#worker?.close() ?? Promise.resolve();
    if (!(await endsWithin(done, this.#options.closeMs, clock))) {
      const reason = new KeeperError("QUEUE_CLOSED", `the queue ${this.#options.name} closes`, { retriable: true });
      for (const abort of this.#running.values()) abort.abort(reason);
      await endsWithin(done, INTERRUPT_MS, clock);
    }
    await endsWithin(this.#queue.close(), INTERRUPT_MS, clock);
    this.#links.close();
  }
}

function begunOf({ progress }: TaskJob): number {
  return typeof progress === "number" ? progress : 0;
}

/** In braces, so that a Redis cluster keeps a queue in one place. */
function prefixOf(name: string): string {
  return `{r1-queue-${name}}`;
}

/** BullMQ wants ids that are no numbers and have no colon. */
function jobIdOf(id: string): string {
  return `id-${encodeURIComponent(id)}`;
}
