import type { ClassResources } from "../../protocol/jobResources.js";
import { add, isWithin, NOTHING, subtract } from "./resources.js";
import type { Spare } from "./types.js";

/** What the node has beyond what its jobs may take; lent to jobs that replace containers. */
export class SpareRoom implements Spare {
  readonly #capacity: ClassResources;
  readonly #lent = new Map<string, ClassResources>();
  #taken = NOTHING;

  constructor(options: { readonly capacity: ClassResources }) {
    this.#capacity = options.capacity;
  }

  /** What the jobs may take, loans apart. */
  get taken(): ClassResources {
    return this.#taken;
  }

  /** The allowances of all jobs from now on. */
  set(allowances: readonly ClassResources[]): void {
    this.#taken = allowances.reduce(add, NOTHING);
  }

  take(job: string, amount: ClassResources): boolean {
    if (this.#lent.has(job)) return true;
    const used = [...this.#lent.values()].reduce(add, this.#taken);
    if (!isWithin(amount, subtract(this.#capacity, used))) return false;
    this.#lent.set(job, amount);
    return true;
  }

  release(job: string): void {
    this.#lent.delete(job);
  }
}
