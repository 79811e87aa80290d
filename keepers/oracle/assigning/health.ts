import { endOfSeat } from "../../chain/jobSelectors.js";
import type { ProtocolState } from "../../chain/protocolState.js";
import type { Clock } from "../../core/clock.js";
import type { Hash } from "../../protocol/bytes.js";
import { ContainerState } from "../../protocol/heartbeat.js";
import type { MessageBus } from "../../transport/messageBus.js";

/** What an assignment's node said last. Milliseconds since 1970. */
export interface LastWord {
  readonly state: ContainerState;
  readonly heardAt: number;
  /** When it last said that all is running; undefined: never, as far as is known here. */
  readonly runningAt: number | undefined;
}

/** What this oracle hears of assignments; a `ServiceDesk` is one. */
export interface ServiceEar {
  lastOf(assignment: Hash): LastWord | undefined;
}

export interface SeatHealthOptions {
  /** How long a node may take from its assignment until all is running. Milliseconds. */
  readonly startMs: number;
  /** How long a running one may be silent, or say that not all is running. Milliseconds. */
  readonly silentMs: number;
  /** How long one that failed has to run before it counts as healthy again. Milliseconds. */
  readonly recoverMs: number;
}

export const defaultSeatHealthOptions = { startMs: 180_000, silentMs: 60_000, recoverMs: 60_000 } as const;

export interface SeatHealthDependencies {
  readonly services: ServiceEar;
  readonly bus: Pick<MessageBus, "connected" | "onConnection">;
  readonly clock: Pick<Clock, "now">;
}

interface Watched {
  /** When this oracle first saw the seat on chain. */
  readonly since: number;
  isFailing: boolean;
  /** Since when one that failed has been running; undefined while it is not. */
  goodSince: number | undefined;
}

/**
 * Which seats fail, as this oracle hears their nodes. Time during which it could not hear anybody counts for nobody. A seat
 * that was stopped at its owner's wish is no failure: it earns nothing while it says so, and would be stopped elsewhere too.
 */
export class SeatHealth {
  readonly #options: SeatHealthOptions;
  readonly #dependencies: SeatHealthDependencies;
  readonly #watched = new Map<Hash, Watched>();
  readonly #forget: () => void;
  /** Since when it hears without a gap; undefined while it does not. */
  #hearingSince: number | undefined;

  constructor(options: SeatHealthOptions, dependencies: SeatHealthDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    const { bus, clock } = dependencies;
    this.#hearingSince = bus.connected ? clock.now() : undefined;
    this.#forget = bus.onConnection((connected) => {
      this.#hearingSince = connected ? clock.now() : undefined;
    });
  }

  /** Looks at every seat that is taken; gives the assignments that fail. To be called often. @param epoch the running one */
  look({ jobs }: Pick<ProtocolState, "jobs">, epoch: bigint): ReadonlySet<Hash> {
    const failing = new Set<Hash>();
    const seen = new Set<Hash>();
    for (const job of jobs.values()) {
      for (const seat of job.seats) {
        if (seat.to !== undefined || (job.start !== 0n && epoch >= endOfSeat(job, seat))) continue;
        seen.add(seat.assignment);
        if (this.#isFailing(seat.assignment)) failing.add(seat.assignment);
      }
    }
    for (const assignment of this.#watched.keys()) if (!seen.has(assignment)) this.#watched.delete(assignment);
    return failing;
  }

  /** Idempotent. */
  close(): void {
    this.#forget();
  }

  #isFailing(assignment: Hash): boolean {
    const now = this.#dependencies.clock.now();
    const watched = this.#watched.get(assignment) ?? { since: now, isFailing: false, goodSince: undefined };
    this.#watched.set(assignment, watched);
    if (watched.isFailing) this.#watchRecovery(watched, assignment, now);
    else watched.isFailing = this.#isOverdue(watched, assignment, now);
    return watched.isFailing;
  }

  #isOverdue({ since }: Watched, assignment: Hash, now: number): boolean {
    if (this.#hearingSince === undefined) return false;
    const good = this.#goodAt(assignment);
    const { startMs, silentMs } = this.#options;
    const [from, limit] = good === undefined ? [since, startMs] : [good, silentMs];
    return now - Math.max(from, this.#hearingSince) > limit;
  }

  #watchRecovery(watched: Watched, assignment: Hash, now: number): void {
    const good = this.#goodAt(assignment);
    const isGood = good !== undefined && now - good <= this.#options.silentMs;
    watched.goodSince = isGood ? (watched.goodSince ?? now) : undefined;
    if (watched.goodSince === undefined || now - watched.goodSince < this.#options.recoverMs) return;
    watched.isFailing = false;
    watched.goodSince = undefined;
  }

  /** When it last said that all is as it should be. */
  #goodAt(assignment: Hash): number | undefined {
    const last = this.#dependencies.services.lastOf(assignment);
    return last?.state === ContainerState.STOPPED ? last.heardAt : last?.runningAt;
  }
}
