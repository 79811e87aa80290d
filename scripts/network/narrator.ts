import type { Clock } from "../../keepers/core/clock.js";

/** A line of the story. */
export interface Line {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** A chapter's title, something that happened, or something that should not have. */
  readonly kind: "chapter" | "event" | "warning";
  readonly text: string;
}

const KEPT = 500;

/** Keeps the story as it goes on, for whoever shows it. */
export class Narrator {
  readonly #clock: Pick<Clock, "now">;
  readonly #listeners = new Set<(line: Line) => void>();
  #lines: Line[] = [];

  constructor(dependencies: { readonly clock: Pick<Clock, "now"> }) {
    this.#clock = dependencies.clock;
  }

  /** The last ones, oldest first. */
  get lines(): readonly Line[] {
    return this.#lines;
  }

  chapter(text: string): void {
    this.#add("chapter", text);
  }

  tell(text: string): void {
    this.#add("event", text);
  }

  warn(text: string): void {
    this.#add("warning", text);
  }

  /** Calls the listener for every line from now on until the function given back is called. */
  onLine(listener: (line: Line) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #add(kind: Line["kind"], text: string): void {
    const line = { at: this.#clock.now(), kind, text };
    this.#lines = [...this.#lines.slice(1 - KEPT), line];
    for (const listener of this.#listeners) listener(line);
  }
}
