import type { WaitingMark } from "./waitingMarks.js";

interface RecentMark {
  readonly epoch: bigint;
  readonly slot: number;
  readonly mark: WaitingMark;
  readonly confirmedAt: number;
}

/** Marks that were confirmed in the last `forMs` before the newest of them, in that order. */
export class RecentMarks {
  readonly #forMs: number;
  #marks: RecentMark[] = [];
  #first = 0;

  constructor(options: { readonly forMs: number }) {
    this.#forMs = options.forMs;
  }

  add(epoch: bigint, slot: number, mark: WaitingMark, now: number): void {
    this.#marks.push({ epoch, slot, mark, confirmedAt: now });
    while (this.#isOld(this.#marks[this.#first], now)) this.#first += 1;
    if (this.#first <= this.#marks.length / 2) return;
    this.#marks = this.#marks.slice(this.#first);
    this.#first = 0;
  }

  /** They stay: a second loss may follow the first. */
  get all(): readonly RecentMark[] {
    return this.#marks.slice(this.#first);
  }

  #isOld(mark: RecentMark | undefined, now: number): boolean {
    return mark !== undefined && now - mark.confirmedAt > this.#forMs;
  }
}
