import type { Cancel, Clock } from "../../keepers/core/clock.js";
import { type Answer, toJson } from "./answer.js";

/** Where text goes. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface TerminalDependencies {
  readonly output: Output;
  /** Progress and errors, so that the output holds the answer alone. */
  readonly errors: Output;
  readonly clock: Clock;
}

const PATIENCE_MS = 2_000;
const FRAME_MS = 100;
const REMINDER_MS = 10_000;
const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const CLEAR_LINE = "\r\u001b[2K";

/** What the user sees of a task. */
export class Terminal {
  readonly #json: boolean;
  readonly #dependencies: TerminalDependencies;

  constructor(options: { readonly json: boolean }, dependencies: TerminalDependencies) {
    this.#json = options.json;
    this.#dependencies = dependencies;
  }

  /** Lines that come before the answer, for people only. */
  show(...lines: readonly string[]): void {
    if (!this.#json) this.#dependencies.output.write(`${lines.join("\n")}\n`);
  }

  answer({ json, lines }: Answer): void {
    this.#dependencies.output.write(`${this.#json ? toJson(json) : lines.join("\n")}\n`);
  }

  problem(code: string, message: string): void {
    this.#dependencies.errors.write(this.#json ? `${toJson({ error: { code, message } })}\n` : `Error: ${message}\n`);
  }

  /**
   * Does `work`, and says so when it takes longer than two seconds: a spinner on a terminal, else a line now and then.
   * `work` may change the label as it goes.
   */
  async during<T>(label: string, work: (relabel: (label: string) => void) => Promise<T>): Promise<T> {
    const { clock, errors } = this.#dependencies;
    const spinner = new Spinner(label, clock, errors);
    try {
      return await work((next) => {
        spinner.label = next;
      });
    } finally {
      spinner.stop();
    }
  }
}

/** Nothing for two seconds, then a line that says what goes on and for how long. */
class Spinner {
  label: string;
  readonly #clock: Clock;
  readonly #errors: Output;
  readonly #started: number;
  #frame = 0;
  #cancel: Cancel;

  constructor(label: string, clock: Clock, errors: Output) {
    this.label = label;
    this.#clock = clock;
    this.#errors = errors;
    this.#started = clock.now();
    this.#cancel = clock.schedule(PATIENCE_MS, () => this.#show());
  }

  stop(): void {
    this.#cancel();
    if (this.#frame > 0 && this.#errors.isTTY === true) this.#errors.write(CLEAR_LINE);
  }

  #show(): void {
    const inPlace = this.#errors.isTTY === true;
    const text = `${this.label} (${Math.round((this.#clock.now() - this.#started) / 1_000)} s)`;
    const sign = FRAMES[this.#frame % FRAMES.length] ?? "";
    this.#errors.write(inPlace ? `${CLEAR_LINE}${sign} ${text}` : `${text}\n`);
    this.#frame += 1;
    this.#cancel = this.#clock.schedule(inPlace ? FRAME_MS : REMINDER_MS, () => this.#show());
  }
}
