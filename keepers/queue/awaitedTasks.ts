import type { Clock } from "../core/clock.js";
import { KeeperError } from "../core/errors.js";
import type { Random } from "../core/random.js";
import type { TaskOptions, TaskRun, WorkQueue } from "./workQueue.js";

export interface AwaitedTasksOptions {
  /** A task whose outcome does not come for so long is given up. Milliseconds; default: waits as long as the queue is open. */
  readonly waitMs?: number;
}

export interface AwaitedTasksDependencies<T, R> {
  /** Closed with this. */
  readonly queue: WorkQueue<T>;
  /**
   * See `TaskHandler`; what it resolves with goes to whoever waits.
   * @param isAwaited nobody waits for what a process before left, or for what was given up
   */
  readonly work: (task: T, run: TaskRun, isAwaited: boolean) => Promise<R>;
  readonly clock: Pick<Clock, "schedule">;
  readonly random: Random;
}

/** Whoever waits for a task. */
interface Waiting<R> {
  resolve(outcome: R): void;
  reject(reason: unknown): void;
}

/** Tasks of a queue whose outcome somebody in this process waits for. */
export class AwaitedTasks<T, R> {
  readonly #options: AwaitedTasksOptions;
  readonly #dependencies: AwaitedTasksDependencies<T, R>;
  readonly #waiting = new Map<string, Waiting<R>>();

  constructor(options: AwaitedTasksOptions, dependencies: AwaitedTasksDependencies<T, R>) {
    this.#options = options;
    this.#dependencies = dependencies;
    dependencies.queue.process((task, run) => this.#run(task, run));
  }

  /**
   * The task's outcome: of its first attempt that went well, or its last failure. Rejects as `WorkQueue.add` does too, with
   * `TASK_LATE` (retriable) after `waitMs`, and with `QUEUE_CLOSED` when the queue closes before.
   */
  do(task: T, options: Omit<TaskOptions, "id"> = {}): Promise<R> {
    const id = Buffer.from(this.#dependencies.random.bytes(16)).toString("hex");
    const outcome = this.#wait(id);
    this.#dependencies.queue.add(task, { ...options, id }).catch((error: unknown) => this.#fail(id, error));
    return outcome;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#dependencies.queue.close();
    const reason = new KeeperError("QUEUE_CLOSED", "the queue closed before the task was done", { retriable: true });
    for (const id of [...this.#waiting.keys()]) this.#fail(id, reason);
  }

  #wait(id: string): Promise<R> {
    const { waitMs } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    const late = new KeeperError("TASK_LATE", `the task had no outcome in ${waitMs} ms`, { retriable: true });
    const cancel =
      waitMs === undefined
        ? () => undefined
        : this.#dependencies.clock.schedule(waitMs, () => {
            this.#fail(id, late);
          });
    this.#waiting.set(id, { resolve, reject });
    return promise.finally(cancel);
  }

  async #run(task: T, run: TaskRun): Promise<void> {
    try {
      const outcome = await this.#dependencies.work(task, run, this.#waiting.has(run.id));
      this.#take(run.id)?.resolve(outcome);
    } catch (error) {
      const isFinal = run.attempt >= run.attempts || (error instanceof KeeperError && !error.retriable);
      if (isFinal && !run.signal.aborted) this.#fail(run.id, error);
      throw error;
    }
  }

  #fail(id: string, error: unknown): void {
    this.#take(id)?.reject(error);
  }

  #take(id: string): Waiting<R> | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
