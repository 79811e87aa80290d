import type { OracleKind } from "../../protocol/oracleBodies.js";
import type { MessageCode } from "./verdict.js";

/** What a message was, as far as could be told, and what became of it. */
export type TalliedKind = OracleKind | "unknown";
export type TalliedVerdict = "accepted" | MessageCode;

export interface TallyEntry {
  readonly kind: TalliedKind;
  readonly verdict: TalliedVerdict;
  readonly count: number;
}

/** Counts each message once, by kind and by its last verdict. Both are closed sets, so the memory is bounded. */
export class MessageTally {
  readonly #counts = new Map<TalliedKind, Map<TalliedVerdict, number>>();

  count(kind: TalliedKind, verdict: TalliedVerdict): void {
    const verdicts = this.#counts.get(kind) ?? new Map<TalliedVerdict, number>();
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    this.#counts.set(kind, verdicts);
  }

  /** How often this came; of every kind unless one is given. */
  of(verdict: TalliedVerdict, kind?: TalliedKind): number {
    const entries = this.entries.filter((entry) => entry.verdict === verdict && (kind ?? entry.kind) === entry.kind);
    return entries.reduce((sum, { count }) => sum + count, 0);
  }

  get entries(): TallyEntry[] {
    return [...this.#counts].flatMap(([kind, verdicts]) =>
      [...verdicts].map(([verdict, count]) => ({ kind, verdict, count })),
    );
  }

  /** Sums over all kinds, by verdict, for the status page. */
  get byVerdict(): Readonly<Partial<Record<TalliedVerdict, number>>> {
    const sums: Partial<Record<TalliedVerdict, number>> = {};
    for (const { verdict, count } of this.entries) sums[verdict] = (sums[verdict] ?? 0) + count;
    return sums;
  }
}
