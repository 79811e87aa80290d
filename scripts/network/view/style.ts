/** Text with a look, and nothing else to measure: pad before painting. */
export const paint = {
  title: (text: string) => `\x1b[1;36m${text}\x1b[0m`,
  strong: (text: string) => `\x1b[1m${text}\x1b[0m`,
  dim: (text: string) => `\x1b[2m${text}\x1b[0m`,
  good: (text: string) => `\x1b[32m${text}\x1b[0m`,
  busy: (text: string) => `\x1b[33m${text}\x1b[0m`,
  bad: (text: string) => `\x1b[1;31m${text}\x1b[0m`,
  head: (text: string) => `\x1b[4;2m${text}\x1b[0m`,
  plain: (text: string) => text,
} as const;

const ESCAPE_CODE = 0x1b;
const ESCAPE = `${String.fromCharCode(ESCAPE_CODE)}\\[[0-9;?]*[A-Za-z]`;
const ESCAPES = new RegExp(ESCAPE, "gu");
const PIECES = new RegExp(`(${ESCAPE})`, "u");
const RESET = "\x1b[0m";

/** The text without its looks. */
export function unpainted(text: string): string {
  return text.replace(ESCAPES, "");
}

/** At most so wide on the terminal; what is cut off takes its looks along. */
export function clip(text: string, width: number): string {
  if (unpainted(text).length <= width) return text;
  let room = width;
  const pieces = text.split(PIECES).map((piece, index) => {
    if (index % 2 === 1) return piece;
    const kept = piece.slice(0, room);
    room -= kept.length;
    return kept;
  });
  return pieces.join("") + RESET;
}
