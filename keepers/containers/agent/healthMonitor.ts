import type { Cancel, Clock } from "../../core/clock.js";
import type { Random } from "../../core/random.js";
import type { HealthSpec } from "../../protocol/jobSpec.js";
import { Gate } from "./gate.js";

export interface HealthMonitorOptions {
  /** Checks under way at once, over all containers. */
  readonly parallel: number;
}

/** One container to be checked until it is let go. */
export interface Patient {
  readonly health: Omit<HealthSpec, "check">;
  /** One check; whatever goes wrong is a false. The signal aborts when its time is over. */
  probe(signal: AbortSignal): Promise<boolean>;
  /** Told of the first verdict, and of every change of it. */
  onVerdict(good: boolean): void;
}

/** First wait between checks of a container that has not answered yet; it doubles up to the container's own. */
const firstWaitMs = 100;

/**
 * Checks containers for as long as they run. All share one bound on checks under way, and begin at times of their own, so that two
 * hundred of them cost what one costs two hundred times, spread out.
 */
export class HealthMonitor {
  readonly #gate: Gate;
  readonly #dependencies: { readonly clock: Clock; readonly random: Random };

  constructor(options: HealthMonitorOptions, dependencies: { readonly clock: Clock; readonly random: Random }) {
    this.#gate = new Gate({ limit: options.parallel });
    this.#dependencies = dependencies;
  }

  /** Begins to check; gives what ends it. */
  watch(patient: Patient): Cancel {
    const watch = new Watch(patient, this.#gate, this.#dependencies);
    watch.start();
    return () => watch.end();
  }
}

class Watch {
  readonly #patient: Patient;
  readonly #gate: Gate;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #startedAt: number;
  #failures = 0;
  #waitMs = firstWaitMs;
  #verdict: boolean | undefined;
  #cancel: Cancel = () => undefined;
  #ended = false;

  constructor(patient: Patient, gate: Gate, { clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#patient = patient;
    this.#gate = gate;
    this.#clock = clock;
    this.#random = random;
    this.#startedAt = clock.now();
  }

  start(): void {
    this.#plan(this.#random.next() * firstWaitMs);
  }

  end(): void {
    this.#ended = true;
    this.#cancel();
  }

  #plan(delayMs: number): void {
    this.#cancel = this.#clock.schedule(delayMs, () => this.#gate.run(() => this.#check()));
  }

  async #check(): Promise<void> {
    if (this.#ended) return;
    const good = await this.#probe();
    this.#conclude(good);
  }

  #conclude(good: boolean): void {
    if (this.#ended) return;
    this.#take(good);
    this.#plan(this.#nextWait());
  }

  async #probe(): Promise<boolean> {
    const limit = new AbortController();
    const cancel = this.#clock.schedule(this.#patient.health.timeoutSeconds * 1_000, () => limit.abort());
    const late = new Promise<false>((resolve) => limit.signal.addEventListener("abort", () => resolve(false)));
    try {
      return await Promise.race([this.#patient.probe(limit.signal).catch(() => false), late]);
    } finally {
      cancel();
    }
  }

  #take(good: boolean): void {
    if (good) {
      this.#failures = 0;
      this.#tell(true);
      return;
    }
    const { failures, startSeconds } = this.#patient.health;
    const isStarting = this.#verdict === undefined && this.#clock.now() - this.#startedAt < startSeconds * 1_000;
    if (isStarting) return;
    this.#failures += 1;
    if (this.#failures >= failures) this.#tell(false);
  }

  #tell(good: boolean): void {
    if (this.#verdict === good) return;
    this.#verdict = good;
    this.#patient.onVerdict(good);
  }

  /** Often at first, so that a container is in use as soon as it can be; a tenth more or less keeps them out of step. */
  #nextWait(): number {
    const fullMs = this.#patient.health.everySeconds * 1_000;
    const waitMs = this.#verdict === undefined ? Math.min(this.#waitMs, fullMs) : fullMs;
    this.#waitMs *= 2;
    return waitMs * (0.9 + 0.2 * this.#random.next());
  }
}
