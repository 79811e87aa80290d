import { liveSeats } from "../../chain/jobSelectors.js";
import type { ProtocolState } from "../../chain/protocolState.js";
import type { Hash } from "../../protocol/bytes.js";
import type { DeedId } from "../../protocol/deedId.js";

const NONE: readonly Hash[] = [];

/** Which assignments each deed has, as the chain has it now: asked for each heartbeat, made anew when the chain moves. */
export class SeatIndex {
  #byDeed: ReadonlyMap<DeedId, readonly Hash[]> = new Map();
  #jobs: ProtocolState["jobs"] | undefined;
  #epoch = -1n;
  #size = 0;

  /** Assignments of all deeds together. */
  get size(): number {
    return this.#size;
  }

  /** Assignments of a deed that are paid for the running epoch, or will be for a later one. */
  of(deed: DeedId): readonly Hash[] {
    return this.#byDeed.get(deed) ?? NONE;
  }

  /** True when it may be another one than before. @param epoch the running one */
  replace({ jobs }: Pick<ProtocolState, "jobs">, epoch: bigint): boolean {
    if (jobs === this.#jobs && epoch === this.#epoch) return false;
    const seats = liveSeats({ jobs }, epoch);
    const byDeed = new Map<DeedId, Hash[]>();
    for (const { deed, assignment } of seats) {
      const known = byDeed.get(deed);
      if (known) known.push(assignment);
      else byDeed.set(deed, [assignment]);
    }
    this.#byDeed = byDeed;
    this.#size = seats.length;
    this.#jobs = jobs;
    this.#epoch = epoch;
    return true;
  }

  /** All assignments. */
  *all(): Generator<Hash> {
    for (const assignments of this.#byDeed.values()) yield* assignments;
  }
}
