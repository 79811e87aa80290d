/**
 * Why a node's advertisement goes no further, and whose fault that is. "ignore": nobody's; "reject": an honest node does not
 * send this. The codes are metric labels, so they are all listed here.
 */
export const ADVERT_CODES = {
  oversized: "reject",
  "wrong-topic": "reject",
  unlicensed: "ignore",
  flooding: "reject",
  malformed: "reject",
  "wrong-chain": "reject",
  future: "reject",
  stale: "ignore",
  replayed: "ignore",
  "too-soon": "ignore",
  forged: "reject",
} as const satisfies Record<string, "ignore" | "reject">;

/** The same for the assignments that other oracles signed: they see chain and nodes at other moments. */
export const ASSIGNMENT_CODES = {
  oversized: "reject",
  "wrong-topic": "reject",
  own: "ignore",
  "not-an-oracle": "reject",
  flooding: "reject",
  malformed: "reject",
  "wrong-chain": "reject",
  "unknown-job": "ignore",
  "other-sequence": "ignore",
  expired: "ignore",
  "far-deadline": "reject",
  superseded: "ignore",
  forged: "reject",
} as const satisfies Record<string, "ignore" | "reject">;

export type AdvertCode = keyof typeof ADVERT_CODES;
export type AssignmentCode = keyof typeof ASSIGNMENT_CODES;

/** Counts messages by what became of them. The codes are a closed set, so the memory is bounded. */
export class VerdictTally<Code extends string> {
  readonly #counts = new Map<Code | "accepted", number>();

  count(verdict: Code | "accepted"): void {
    this.#counts.set(verdict, (this.#counts.get(verdict) ?? 0) + 1);
  }

  of(verdict: Code | "accepted"): number {
    return this.#counts.get(verdict) ?? 0;
  }

  get entries(): readonly (readonly [Code | "accepted", number])[] {
    return [...this.#counts];
  }
}
