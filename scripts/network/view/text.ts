/** "12:30:05", local time. */
export function clockTime(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 8);
}

/** Exactly so wide: cut with "…", or filled on the right. */
export function left(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…`.slice(0, width) : text.padEnd(width);
}

/** Exactly so wide, filled on the left. */
export function right(text: string, width: number): string {
  return text.length > width ? left(text, width) : text.padStart(width);
}

/** Filled for the share from 0 to 1. */
export function bar(share: number, width: number): { readonly full: string; readonly empty: string } {
  const cells = Math.round(Math.min(1, Math.max(0, share)) * width);
  return { full: "█".repeat(cells), empty: "░".repeat(width - cells) };
}
