import type { Assignment } from "../../protocol/assignment.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import { quorum } from "../../protocol/quorum.js";

/** An assignment as one oracle signed it. */
export interface Ballot {
  readonly oracle: Address;
  readonly assignment: Assignment;
  readonly digest: Hash;
  /** Compact. */
  readonly signature: Uint8Array;
}

/** An assignment that enough oracles signed for the escrow to take it. */
export interface Elected {
  readonly assignment: Assignment;
  readonly digest: Hash;
  /** As many as are needed, ascending by signer. */
  readonly signatures: readonly Uint8Array[];
}

/**
 * What the oracles want for each job: of each oracle the last only, by deadline, so that memory is bounded by jobs and oracles
 * and nothing old comes back.
 */
export class Ballots {
  readonly #byJob = new Map<bigint, Map<Address, Ballot>>();

  /** Jobs with ballots. */
  get size(): number {
    return this.#byJob.size;
  }

  /** Whether the oracle has said something newer about the job, or the same. */
  isSuperseded({ oracle, assignment }: Pick<Ballot, "oracle" | "assignment">): boolean {
    const known = this.#byJob.get(assignment.jobId)?.get(oracle)?.assignment;
    if (known === undefined || known.sequence < assignment.sequence) return false;
    return known.sequence > assignment.sequence || known.deadline >= assignment.deadline;
  }

  add(ballot: Ballot): void {
    const { jobId } = ballot.assignment;
    const known = this.#byJob.get(jobId) ?? new Map<Address, Ballot>();
    this.#byJob.set(jobId, known.set(ballot.oracle, ballot));
  }

  /** What a quorum of `oracles`, ascending, wants for a job whose next assignment is number `sequence`. */
  electedFor(jobId: bigint, sequence: number, oracles: readonly Address[]): Elected | undefined {
    const enough = quorum(oracles.length);
    for (const ballots of this.#byDigest(jobId, sequence, oracles)) {
      const [first] = ballots;
      if (first === undefined || ballots.length < enough) continue;
      const { assignment, digest } = first;
      return { assignment, digest, signatures: ballots.slice(0, enough).map(({ signature }) => signature) };
    }
    return undefined;
  }

  #byDigest(jobId: bigint, sequence: number, oracles: readonly Address[]): Iterable<readonly Ballot[]> {
    const known = this.#byJob.get(jobId);
    const byDigest = new Map<Hash, Ballot[]>();
    for (const oracle of oracles) {
      const ballot = known?.get(oracle);
      if (ballot?.assignment.sequence !== sequence) continue;
      byDigest.set(ballot.digest, [...(byDigest.get(ballot.digest) ?? []), ballot]);
    }
    return byDigest.values();
  }

  /** Forgets what can take no effect any more. */
  prune(isOpen: (assignment: Assignment) => boolean): void {
    for (const [jobId, known] of this.#byJob) {
      for (const [oracle, { assignment }] of known) if (!isOpen(assignment)) known.delete(oracle);
      if (known.size === 0) this.#byJob.delete(jobId);
    }
  }
}
