import type { Cancel, Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Hash } from "../../protocol/bytes.js";
import type { EpochClock } from "../../protocol/epochClock.js";
import type { Seat } from "../../protocol/subjects.js";
import type { ServiceSlots } from "../service/serviceSlots.js";
import { type Probe, PROBE_VERDICTS, type ProbeVerdict } from "./httpProbe.js";

/** Where jobs are published. */
export interface Endpoints {
  /**
   * Undefined for a job that publishes nothing, or of which that is not known; without `url` when its node should publish it and
   * does not say where.
   */
  endpointOf(seat: Seat): { readonly url: string | undefined } | undefined;
}

export interface ProberOptions {
  /** Between two probes of one endpoint, and at most a slot. Milliseconds. */
  readonly everyMs: number;
  /** Most probes under way at a time. */
  readonly concurrency: number;
}

export interface ProberDependencies {
  /** Seats to look after, as the chain has them now. */
  readonly seats: () => readonly Seat[];
  readonly endpoints: Endpoints;
  readonly probe: Probe;
  readonly slots: Pick<ServiceSlots, "withhold">;
  readonly epochClock: EpochClock;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Target {
  readonly assignment: Hash;
  readonly url: string | undefined;
}

/**
 * Visits the published endpoints of jobs. From a visit that failed to the next that did not, slots do not count as served.
 * Endpoints that were not visited yet are taken to be well.
 */
export class Prober {
  readonly #options: ProberOptions;
  readonly #dependencies: ProberDependencies;
  readonly #failing = new Set<Hash>();
  readonly #waiting = new Map<Hash, Target>();
  readonly #underWay = new Set<Hash>();
  readonly #counters = Object.fromEntries(PROBE_VERDICTS.map((verdict) => [verdict, 0])) as Record<
    ProbeVerdict,
    number
  >;
  #cancel: Cancel = () => undefined;
  #isStoring = true;
  #closed = false;

  constructor(options: ProberOptions, dependencies: ProberDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Probes so far by what came of them. */
  get counters(): Readonly<Record<ProbeVerdict, number>> {
    return { ...this.#counters };
  }

  /** Whether the last visit of an assignment's endpoint failed. */
  isFailing(assignment: Hash): boolean {
    return this.#failing.has(assignment);
  }

  start(): void {
    if (!this.#closed) this.#round();
  }

  /** Begins no more probes; those under way come to nothing. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#cancel();
    this.#waiting.clear();
  }

  #round(): void {
    const targets = this.#targets();
    this.#forgetOthers(targets);
    for (const target of targets) {
      const { assignment } = target;
      // A visit that begins now says itself what this slot is worth; one that is late leaves it to the one before.
      const isLate = this.#underWay.has(assignment) || this.#waiting.has(assignment);
      if (isLate && this.#failing.has(assignment)) this.#withhold(assignment);
      if (!this.#underWay.has(assignment)) this.#waiting.set(assignment, target);
    }
    this.#fill();
    this.#cancel = this.#dependencies.clock.schedule(this.#options.everyMs, () => this.#round());
  }

  #targets(): Target[] {
    const { seats, endpoints } = this.#dependencies;
    return seats().flatMap((seat) => {
      const endpoint = endpoints.endpointOf(seat);
      return endpoint ? [{ assignment: seat.assignment, url: endpoint.url }] : [];
    });
  }

  #forgetOthers(targets: readonly Target[]): void {
    const wanted = new Set(targets.map(({ assignment }) => assignment));
    for (const assignment of this.#failing) if (!wanted.has(assignment)) this.#failing.delete(assignment);
    for (const assignment of this.#waiting.keys()) if (!wanted.has(assignment)) this.#waiting.delete(assignment);
  }

  #fill(): void {
    for (const [assignment, target] of this.#waiting) {
      if (this.#underWay.size >= this.#options.concurrency) return;
      this.#waiting.delete(assignment);
      this.#underWay.add(assignment);
      void this.#visit(target);
    }
  }

  async #visit({ assignment, url }: Target): Promise<void> {
    const verdict = url === undefined ? "NO_ENDPOINT" : await this.#dependencies.probe(url);
    this.#underWay.delete(assignment);
    if (this.#closed) return;
    this.#counters[verdict] += 1;
    this.#judge(assignment, verdict);
    this.#fill();
  }

  #judge(assignment: Hash, verdict: ProbeVerdict): void {
    const { logger } = this.#dependencies;
    const isFailing = verdict !== "OK";
    const changed = isFailing !== this.#failing.has(assignment);
    if (changed) logger.info(isFailing ? "an endpoint fails" : "an endpoint answers again", { assignment, verdict });
    if (!isFailing) {
      this.#failing.delete(assignment);
      return;
    }
    this.#failing.add(assignment);
    this.#withhold(assignment);
  }

  #withhold(assignment: Hash): void {
    const { slots, epochClock, clock, logger } = this.#dependencies;
    const place = epochClock.slotAt(clock.now());
    if (place === undefined) return;
    try {
      slots.withhold(place.epoch, place.slot, assignment);
      this.#isStoring = true;
    } catch (error) {
      if (this.#isStoring) logger.error("failing endpoints cannot be noted", { error: describeError(error) });
      this.#isStoring = false;
    }
  }
}
