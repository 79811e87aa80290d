import type { Cancel, Clock } from "../core/clock.js";
import { endsWithin } from "../core/endsWithin.js";
import { KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { attemptTask, CUT_OFF, noTotals, type Outcome } from "./attempt.js";
import { KeyedLine } from "./keyedLine.js";
import { recordOf, type TaskRecord } from "./task.js";
import { type LogEntry, type LoggedTask, replayTasks, type TaskLog } from "./taskLog.js";
import { TaskNotes } from "./taskNotes.js";
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

export interface EmbeddedQueueDependencies {
  readonly clock: Clock;
  readonly random: Random;
  /** Without one, tasks live as long as the process. The queue closes it. */
  readonly log?: TaskLog | undefined;
  readonly logger?: Logger | undefined;
}

interface Entry {
  readonly number: number;
  readonly record: TaskRecord;
  readonly key: string | undefined;
  /** Attempts that began and count. */
  attempts: number;
}

/** A WorkQueue inside one process, with its tasks in a log on disk. */
export class EmbeddedQueue<T> implements WorkQueue<T> {
  readonly #options: QueueOptions<T>;
  readonly #dependencies: EmbeddedQueueDependencies;
  readonly #notes: TaskNotes;
  readonly #line = new KeyedLine<Entry>();
  readonly #timers = new Map<Entry, Cancel>();
  readonly #running = new Map<Entry, AbortController>();
  /** By id: adding, waiting or running; a second one with the id gets the promise of the first. */
  readonly #live = new Map<string, Promise<unknown>>();
  readonly #dead = new Map<string, DeadTask & { readonly number: number }>();
  readonly #totals = noTotals();
  #numbers = 0;
  #handler: TaskHandler<T> | undefined;
  #onIdle: () => void = () => undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: QueueOptions<T>, dependencies: EmbeddedQueueDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#notes = new TaskNotes(options.name, dependencies);
  }

  /** With the tasks that its log holds; those that ran when the process ended will run again. Rejects with `QUEUE_CORRUPT`. */
  static async open<T>(options: QueueOptions<T>, dependencies: EmbeddedQueueDependencies): Promise<EmbeddedQueue<T>> {
    const queue = new EmbeddedQueue(options, dependencies);
    const { log } = dependencies;
    if (log !== undefined) for (const task of (await replayTasks(log)).values()) queue.#restore(task);
    return queue;
  }

  get totals(): QueueTotals {
    return { ...this.#totals };
  }

  async add(task: T, given: TaskOptions = {}): Promise<string> {
    if (this.#closing !== undefined) throw new KeeperError("QUEUE_CLOSED", `the queue ${this.#options.name} is closed`);
    const { clock, random } = this.#dependencies;
    const record = recordOf(task, given, this.#options, random);
    const known = this.#live.get(record.id);
    if (known === undefined) await this.#insert(record, clock.now() + Math.max(0, given.delayMs ?? 0));
    else await known;
    return record.id;
  }

  process(handler: TaskHandler<T>): void {
    if (this.#handler !== undefined) throw new KeeperError("QUEUE_BUSY", "the queue has a handler already");
    this.#handler = handler;
    this.#pump();
  }

  counts(): Promise<QueueCounts> {
    const waiting = this.#line.size + this.#timers.size;
    return Promise.resolve({ waiting, running: this.#running.size, dead: this.#dead.size });
  }

  dead(): Promise<readonly DeadTask[]> {
    return Promise.resolve([...this.#dead.values()].map(({ number, ...task }) => task));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #insert(record: TaskRecord, due: number): Promise<void> {
    const number = this.#numbers++;
    const entry: Entry = { number, record, key: record.key, attempts: 0 };
    const noted = this.#notes.must({ type: "added", number, due, record });
    this.#live.set(record.id, noted);
    try {
      await noted;
    } catch (error) {
      this.#live.delete(record.id);
      throw error;
    }
    this.#forget(record.id);
    this.#wait(entry, due);
  }

  #restore({ number, record, due, attempts, running, error }: LoggedTask): void {
    this.#numbers = Math.max(this.#numbers, number + 1);
    this.#notes.keep(number);
    const entry: Entry = { number, record, key: record.key, attempts };
    if (error !== undefined) this.#bury(entry, error);
    else if (running && attempts >= record.attempts) {
      this.#totals.died += 1;
      this.#die(entry, CUT_OFF);
    } else {
      this.#live.set(record.id, Promise.resolve());
      this.#wait(entry, due);
    }
  }

  #wait(entry: Entry, due: number): void {
    const delayMs = due - this.#dependencies.clock.now();
    if (delayMs <= 0 || this.#closing !== undefined) return this.#enqueue(entry);
    const cancel = this.#dependencies.clock.schedule(delayMs, () => {
      this.#timers.delete(entry);
      this.#enqueue(entry);
    });
    this.#timers.set(entry, cancel);
  }

  #enqueue(entry: Entry): void {
    this.#line.push(entry);
    this.#pump();
  }

  #pump(): void {
    if (this.#handler === undefined) return;
    while (this.#closing === undefined && this.#running.size < this.#options.concurrency) {
      const entry = this.#line.take();
      if (entry === undefined) return;
      const abort = new AbortController();
      this.#running.set(entry, abort);
      void this.#run(entry, this.#handler, abort.signal);
    }
  }

  async #run(entry: Entry, handler: TaskHandler<T>, signal: AbortSignal): Promise<void> {
    entry.attempts += 1;
    await this.#notes.note({ type: "started", number: entry.number });
    const attempt = { record: entry.record, number: entry.attempts, signal };
    const random = this.#dependencies.random;
    const outcome = await attemptTask(attempt, handler, { schema: this.#options.schema, random });
    this.#totals[outcome.kind] += 1;
    await this.#settle(entry, outcome);
    this.#running.delete(entry);
    this.#line.release(entry);
    this.#pump();
    if (this.#running.size === 0) this.#onIdle();
  }

  async #settle(entry: Entry, outcome: Outcome): Promise<void> {
    const { number, record } = entry;
    if (outcome.kind === "done") {
      this.#live.delete(record.id);
      await this.#notes.end(number);
    } else if (outcome.kind === "died") {
      this.#live.delete(record.id);
      this.#die(entry, outcome.error);
    } else {
      if (outcome.kind === "interrupted") entry.attempts -= 1;
      const due = this.#dependencies.clock.now() + (outcome.kind === "retried" ? outcome.delayMs : 0);
      const note: LogEntry = { type: "returned", number, due, attempts: entry.attempts };
      await this.#notes.note(note);
      this.#wait(entry, due);
    }
  }

  #die(entry: Entry, error: string): void {
    const { id } = entry.record;
    this.#dependencies.logger?.warn("a task died", { queue: this.#options.name, id, error });
    void this.#notes.note({ type: "died", number: entry.number, error });
    this.#bury(entry, error);
  }

  #bury({ number, record: { id, key, task } }: Entry, error: string): void {
    this.#forget(id);
    this.#dead.set(id, { number, id, key, task, error });
    for (const oldest of this.#dead.keys()) {
      if (this.#dead.size <= this.#options.deadLimit) break;
      this.#forget(oldest);
    }
  }

  #forget(id: string): void {
    const dead = this.#dead.get(id);
    if (dead === undefined) return;
    this.#dead.delete(id);
    void this.#notes.end(dead.number);
  }

  async #close(): Promise<void> {
    for (const cancel of this.#timers.values()) cancel();
    const { clock } = this.#dependencies;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      if (this.#running.size === 0) resolve();
    });
    if (!(await endsWithin(idle, this.#options.closeMs, clock))) {
      const reason = new KeeperError("QUEUE_CLOSED", `the queue ${this.#options.name} closes`, { retriable: true });
      for (const abort of this.#running.values()) abort.abort(reason);
      await endsWithin(idle, INTERRUPT_MS, clock);
    }
    await this.#notes.close();
  }
}
