import type { Line, Narrator } from "../narrator.js";
import { clockTime } from "./text.js";
import type { View, ViewDependencies } from "./types.js";

const MARKS: Readonly<Record<Line["kind"], string>> = { chapter: "== ", event: "   ", warning: " ! " };

/** One line for each thing that happens, for pipes, files and logs. */
export class PlainView implements View {
  readonly #forget: () => void;

  constructor({ output, narrator }: Pick<ViewDependencies, "output"> & { readonly narrator: Narrator }) {
    this.#forget = narrator.onLine((line) => output.write(`${plainLine(line)}\n`));
  }

  show(): void {
    // Everything worth a line is told by the narrator.
  }

  close(): void {
    this.#forget();
  }
}

/** "12:30:05 == Nothing is pre-minted". */
export function plainLine({ at, kind, text }: Line): string {
  return `${clockTime(at)} ${MARKS[kind]}${text}`;
}
