import type { Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Hash } from "../../protocol/bytes.js";
import type { DeedId } from "../../protocol/deedId.js";
import type { EpochClock, Slot } from "../../protocol/epochClock.js";
import { type ContainerReport, ContainerState } from "../../protocol/heartbeat.js";
import type { SeatIndex } from "./seatIndex.js";
import type { ServiceSlots } from "./serviceSlots.js";

export interface ServiceDeskDependencies {
  readonly seats: SeatIndex;
  readonly slots: Pick<ServiceSlots, "mark" | "has">;
  readonly epochClock: EpochClock;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/** What a proven heartbeat told of the deed's assignments. */
export interface ServiceBeat extends Slot {
  readonly sequence: bigint;
  /** Milliseconds since 1970, the receiver's clock. */
  readonly heardAt: number;
  readonly services: readonly ContainerReport[];
}

/** What an assignment's node said last. Milliseconds since 1970. */
export interface HeardService {
  readonly state: ContainerState;
  readonly heardAt: number;
  /** When it last said that all is running; undefined: not lately, as far as is known. */
  readonly runningAt: number | undefined;
}

export type ContainerStateName = keyof typeof ContainerState;
const NAMES = Object.keys(ContainerState) as readonly ContainerStateName[];
/** How far back slots are looked at. */
const LOOK_BACK_MS = 300_000;
const NONE: readonly ContainerReport[] = [];

/** Notes in which slots assignments are running, by what their own nodes say. Costs nothing for a node without any. */
export class ServiceDesk {
  readonly #dependencies: ServiceDeskDependencies;
  readonly #heard = new Map<Hash, HeardService>();
  readonly #counters = Object.fromEntries(NAMES.map((name) => [name, 0])) as Record<ContainerStateName, number>;
  #isStoring = true;

  constructor(dependencies: ServiceDeskDependencies) {
    this.#dependencies = dependencies;
  }

  /** Reports on assignments so far, by the state that they told. */
  get counters(): Readonly<Record<ContainerStateName, number>> {
    return { ...this.#counters };
  }

  /**
   * Undefined for an assignment that was not heard of lately. What other processes hear for this one, or it heard before it was
   * started, is known by the slots, and to a slot.
   */
  lastOf(assignment: Hash): HeardService | undefined {
    const heard = this.#heard.get(assignment);
    if (heard?.runningAt !== undefined) return heard;
    const runningAt = this.#lastSlotOf(assignment);
    if (runningAt === undefined) return heard;
    return heard ? { ...heard, runningAt } : { state: ContainerState.RUNNING, heardAt: runningAt, runningAt };
  }

  /** Whether nothing can be learnt from another heartbeat in this slot. */
  isSettled(deed: DeedId, { epoch, slot }: Slot): boolean {
    const assignments = this.#dependencies.seats.of(deed);
    return assignments.every((assignment) => this.#dependencies.slots.has(epoch, slot, assignment));
  }

  /** Of what a node says, what is about assignments of its own deed. */
  select(deed: DeedId, reports: readonly ContainerReport[]): readonly ContainerReport[] {
    if (reports.length === 0) return NONE;
    const own = this.#dependencies.seats.of(deed);
    return own.flatMap((id) => reports.find(({ assignment }) => assignment === id) ?? []);
  }

  /** Remembers what was said, whether or not it counts. */
  note({ heardAt, services }: ServiceBeat): void {
    for (const { assignment, state } of services) {
      const isRunning = state === ContainerState.RUNNING;
      const runningAt = isRunning ? heardAt : this.#heard.get(assignment)?.runningAt;
      this.#heard.set(assignment, { state, heardAt, runningAt });
      this.#counters[NAMES[state] as ContainerStateName] += 1;
    }
  }

  /** Counts the slot for each assignment that is running. What cannot be noted is said once, and never thrown. */
  mark({ epoch, slot, sequence, services }: ServiceBeat): void {
    for (const { assignment, state } of services) {
      if (state === ContainerState.RUNNING) this.#mark(epoch, slot, assignment, sequence);
    }
  }

  /** Forgets what was said of assignments that are over. */
  forgetOthers(): void {
    const live = new Set(this.#dependencies.seats.all());
    for (const assignment of this.#heard.keys()) if (!live.has(assignment)) this.#heard.delete(assignment);
  }

  /** End of the last slot, or now, in which the assignment was running. */
  #lastSlotOf(assignment: Hash): number | undefined {
    const { slots, epochClock, clock } = this.#dependencies;
    const now = clock.now();
    const slotMs = epochClock.slotSeconds * 1_000;
    for (let time = now; time > now - LOOK_BACK_MS; time -= slotMs) {
      const place = epochClock.slotAt(time);
      if (place === undefined) return undefined;
      if (!slots.has(place.epoch, place.slot, assignment)) continue;
      return Math.min(now, epochClock.start(place.epoch) * 1_000 + (place.slot + 1) * slotMs);
    }
    return undefined;
  }

  #mark(epoch: bigint, slot: number, assignment: Hash, sequence: bigint): void {
    const { slots, logger } = this.#dependencies;
    try {
      slots.mark(epoch, slot, assignment, sequence);
      this.#isStoring = true;
    } catch (error) {
      if (this.#isStoring) logger.error("service cannot be noted", { error: describeError(error) });
      this.#isStoring = false;
    }
  }
}
