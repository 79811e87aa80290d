import type { AstNode, Range } from "./ast.js";
import { rangeOf } from "./ast.js";

/** The text of a contract, addressed in bytes as solc does. */
export class Source {
  readonly #bytes: Buffer;

  constructor(readonly text: string) {
    this.#bytes = Buffer.from(text);
  }

  slice({ start, end }: Range): string {
    return this.#bytes.toString("utf8", start, end);
  }

  of(node: AstNode): string {
    return this.slice(rangeOf(node));
  }

  /** The text with `range` replaced. */
  replaced(range: Range, replacement: string): string {
    return (
      this.slice({ start: 0, end: range.start }) +
      replacement +
      this.slice({ start: range.end, end: this.#bytes.length })
    );
  }

  /** `range` with what stands between it and the next `;`, and that. */
  throughSemicolon({ start, end }: Range): Range {
    const semicolon = this.#bytes.indexOf(";", end);
    const isNext = semicolon >= 0 && this.slice({ start: end, end: semicolon }).trim() === "";
    return { start, end: isNext ? semicolon + 1 : end };
  }

  /** Number of the line of a byte, from one, and its text without the blanks around it. */
  lineAt(offset: number): { number: number; text: string } {
    const before = this.slice({ start: 0, end: offset });
    const number = before.split("\n").length;
    return { number, text: (this.text.split("\n")[number - 1] as string).trim() };
  }
}
