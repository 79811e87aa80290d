import { endsWithin } from "../core/endsWithin.js";
import type { Clock } from "../core/clock.js";

/** Ends a request or a WebSocket at once. */
export type CutOff = () => void;

/** The requests and WebSockets under way to one target of a job. */
export class Flows {
  readonly #open = new Set<CutOff>();
  #onIdle: () => void = () => undefined;

  get size(): number {
    return this.#open.size;
  }

  /** Gives what to call when it has ended. */
  begin(cutOff: CutOff): () => void {
    this.#open.add(cutOff);
    return () => {
      this.#open.delete(cutOff);
      if (this.#open.size === 0) this.#onIdle();
    };
  }

  /** Resolves when all have ended; those that have not after `limitMs` are cut off. */
  async drain(limitMs: number, clock: Clock): Promise<void> {
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      if (this.#open.size === 0) resolve();
    });
    if (!(await endsWithin(idle, limitMs, clock))) for (const cutOff of [...this.#open]) cutOff();
  }
}
