import { checkDelay, runTask, sleepOn, type Cancel, type Clock, type ClockTask } from "./clock.js";
import { KeeperError } from "./errors.js";

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly task: ClockTask;
  cancelled: boolean;
}

/** Runs far more tasks than any real test, yet ends a task that reschedules itself with no delay. */
const maximumTasksPerAdvance = 50_000_000;

/**
 * A clock that moves only when told to. Tasks run in order of their due time, first scheduled first at equal times, and
 * between two tasks all promise reactions run dry, so that the same seed gives the same run. Work outside promises
 * (sockets, disks) is not waited for.
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  #live = 0;
  readonly #heap: Timer[] = [];
  readonly #errors: unknown[] = [];

  /** @param startMs time at the start, milliseconds since 1970. */
  constructor(startMs = 1_700_000_000_000) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  /** Tasks that wait; a test that expects a clean shutdown checks that it is 0. */
  get pending(): number {
    return this.#live;
  }

  schedule(delayMs: number, task: ClockTask): Cancel {
    const timer = { due: this.#now + checkDelay(delayMs), order: this.#order++, task, cancelled: false };
    this.#live += 1;
    push(this.#heap, timer);
    return () => {
      if (timer.cancelled) return;
      timer.cancelled = true;
      this.#live -= 1;
    };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }

  /** Moves time forward by `ms`, running what falls due; rejects with the first error that a task raised. */
  async advance(ms: number): Promise<void> {
    await this.advanceUntil(() => false, ms);
  }

  /**
   * Moves time forward task by task until `done()` holds or `limitMs` have passed; true when `done()` held. Time stops at
   * the task that made it hold.
   */
  async advanceUntil(done: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.#now + checkDelay(limitMs);
    await settle();
    for (let run = 0; !done(); run += 1) {
      const timer = this.#takeDue(end);
      if (timer === undefined) break;
      if (run >= maximumTasksPerAdvance) throw new KeeperError("CLOCK_STUCK", "tasks reschedule themselves for ever");
      this.#now = Math.max(this.#now, timer.due);
      runTask(timer.task, (error) => this.#errors.push(error));
      await settle();
    }
    const held = done();
    if (!held) this.#now = end;
    this.#throwFirst();
    return held;
  }

  #takeDue(end: number): Timer | undefined {
    for (let first = this.#heap[0]; first !== undefined && first.due <= end; first = this.#heap[0]) {
      pop(this.#heap);
      if (first.cancelled) continue;
      first.cancelled = true;
      this.#live -= 1;
      return first;
    }
    return undefined;
  }

  #throwFirst(): void {
    const errors = this.#errors.splice(0);
    if (errors.length > 0) throw errors[0];
  }
}

/** Lets every promise reaction that can run now run. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function before(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

function push(heap: Timer[], timer: Timer): void {
  let index = heap.push(timer) - 1;
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex] as Timer;
    if (!before(timer, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = timer;
}

function pop(heap: Timer[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (let child = smallerChild(heap, 0); child !== undefined; child = smallerChild(heap, index)) {
    const timer = heap[child] as Timer;
    if (!before(timer, last)) break;
    heap[index] = timer;
    index = child;
  }
  heap[index] = last;
}

function smallerChild(heap: readonly Timer[], index: number): number | undefined {
  const left = heap[2 * index + 1];
  if (left === undefined) return undefined;
  const right = heap[2 * index + 2];
  return right !== undefined && before(right, left) ? 2 * index + 2 : 2 * index + 1;
}
