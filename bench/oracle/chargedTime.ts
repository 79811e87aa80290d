import type { Cancel, Clock, ClockTask } from "../../keepers/core/clock.js";
import { sleepOn } from "../../keepers/core/clock.js";
import type { VirtualClock } from "../../keepers/core/virtualClock.js";

/**
 * Computers of one core each on one virtual clock. What a computer's task computes, measured while it runs here, passes on that
 * computer's own clock: what it sends leaves that much later, and its other tasks wait until it is done. Computers do not wait
 * for each other, as they would not on machines of their own.
 */
export class ChargedTime {
  readonly clock: VirtualClock;
  readonly #cpuMs: () => number;
  #running: { readonly computer: Computer; readonly since: number } | undefined;

  /** @param cpuMs CPU time used up so far, milliseconds */
  constructor(clock: VirtualClock, cpuMs: () => number) {
    this.clock = clock;
    this.#cpuMs = cpuMs;
  }

  computer(): Computer {
    return new Computer(this);
  }

  /** What the running task of this computer has computed so far; 0 when it does not run. */
  spentBy(computer: Computer): number {
    const { running } = this;
    return running?.computer === computer ? this.#cpuMs() - running.since : 0;
  }

  /** Ends the task that ran last, with all that it set off, and begins one of this computer. */
  begin(computer: Computer): void {
    this.settle();
    computer.startedAt = this.clock.now();
    this.#running = { computer, since: this.#cpuMs() };
  }

  /** Charges what ran last. */
  settle(): void {
    const { running } = this;
    if (running === undefined) return;
    const { computer } = running;
    const spent = this.spentBy(computer);
    computer.freeAt = computer.startedAt + spent;
    computer.computedMs += spent;
    this.#running = undefined;
  }

  get running() {
    return this.#running;
  }
}

/** The clock of one computer. */
export class Computer implements Clock {
  /** Virtual time at which its last task began, and at which it is done with it. */
  startedAt = 0;
  freeAt = 0;
  /** What all its tasks have computed, milliseconds. */
  computedMs = 0;
  readonly #time: ChargedTime;

  constructor(time: ChargedTime) {
    this.#time = time;
  }

  /** What its running task has computed so far, milliseconds. */
  get spent(): number {
    return this.#time.spentBy(this);
  }

  now(): number {
    return this.#time.clock.now() + this.spent;
  }

  schedule(delayMs: number, task: ClockTask): Cancel {
    let cancel = this.#time.clock.schedule(Math.max(0, delayMs) + this.spent, () => run());
    const run = (): unknown => {
      this.#time.settle();
      const busyMs = this.freeAt - this.#time.clock.now();
      if (busyMs > 0) {
        cancel = this.#time.clock.schedule(busyMs, run);
        return undefined;
      }
      this.#time.begin(this);
      return task();
    };
    return () => cancel();
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }
}
