import type { Cancel, Clock } from "../../core/clock.js";
import { type AnswerLine, MAX_ANSWER_BYTES } from "../../protocol/nodeCommand.js";

/** Longest text of one line; the rest of it is cut. Characters. */
const maximumText = 4_000;
/** Bytes of JSON in one piece; a quarter is left for what is around the lines, and for characters that take several. */
const fullBytes = (MAX_ANSWER_BYTES * 3) / 4;
/** Longest time that a line waits for others. */
const waitMs = 200;

export interface LineBatchDependencies {
  readonly clock: Clock;
  readonly send: (lines: readonly AnswerLine[]) => Promise<void>;
}

/** Puts log lines into pieces of bounded size: as many as fit, or as came within a moment. */
export class LineBatch {
  readonly #dependencies: LineBatchDependencies;
  #lines: AnswerLine[] = [];
  #bytes = 0;
  #cancel: Cancel | undefined;
  #tail: Promise<void> = Promise.resolve();

  constructor(dependencies: LineBatchDependencies) {
    this.#dependencies = dependencies;
  }

  /** Resolves when there is room for the next line. */
  async add(line: AnswerLine): Promise<void> {
    const short = { ...line, text: line.text.slice(0, maximumText) };
    const bytes = Buffer.byteLength(JSON.stringify(short)) + 1;
    if (this.#bytes + bytes > fullBytes) await this.flush();
    this.#lines.push(short);
    this.#bytes += bytes;
    this.#cancel ??= this.#dependencies.clock.schedule(waitMs, () => this.flush());
  }

  /** Sends what waits; resolves when everything so far was sent. */
  flush(): Promise<void> {
    this.close();
    const lines = this.#lines;
    this.#lines = [];
    this.#bytes = 0;
    if (lines.length > 0) this.#tail = this.#tail.then(() => this.#dependencies.send(lines));
    return this.#tail;
  }

  /** What waits is not sent. Idempotent. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
