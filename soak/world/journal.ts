import type { Clock } from "../../keepers/core/clock.js";
import type { Disturbance } from "../history.js";

/** Between two looks at whether this machine stands still. */
const LOOK_MS = 250;
/** A look that comes so much later than it should is a machine that stood still. */
const STILL_MS = 1_500;

/** What was done to the network, when it began and when it was over. */
export class Journal {
  readonly #clock: Clock;
  readonly #disturbances: Disturbance[] = [];
  readonly #open = new Set<{ target: string; kind: string; from: number }>();
  readonly #endings: string[] = [];
  readonly #counts = new Map<string, number>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** All so far; those that go on end now. */
  get disturbances(): readonly Disturbance[] {
    const now = this.#clock.now();
    return [...this.#disturbances, ...[...this.#open].map((each) => ({ ...each, to: now }))];
  }

  /** Sentences about keepers that ended although nobody killed them. */
  get endings(): readonly string[] {
    return this.#endings;
  }

  /** Faults by kind, such as `pause oracle`. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  get faults(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** A disturbance begins; call what it gives when the part is at work again. */
  begin(target: string, kind: string): () => void {
    const entry = { target, kind, from: this.#clock.now() };
    this.#open.add(entry);
    return () => {
      if (this.#open.delete(entry)) this.#disturbances.push({ ...entry, to: this.#clock.now() });
    };
  }

  /** One that is over, or whose end is known. */
  add(disturbance: Disturbance): void {
    this.#disturbances.push(disturbance);
  }

  count(target: string, kind: string): void {
    const name = `${kind} ${target.replace(/-\d+$/u, "")}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  endedByItself(name: string, code: number | null, signal: string | null): void {
    this.#endings.push(`${name} ended by itself with ${signal ?? code}`);
  }

  /** Notes when this process, and with it the chain, got no time from the machine. Gives a function that ends this. */
  watchMachine(): () => void {
    let expected = this.#clock.now() + LOOK_MS;
    let cancel = (): void => undefined;
    const look = (): void => {
      const now = this.#clock.now();
      if (now - expected > STILL_MS) this.add({ target: "machine", kind: "stall", from: expected - LOOK_MS, to: now });
      expected = now + LOOK_MS;
      cancel = this.#clock.schedule(LOOK_MS, look);
    };
    cancel = this.#clock.schedule(LOOK_MS, look);
    return () => cancel();
  }
}
