/** `aggregate3` of Multicall3, packed and unpacked by hand: half a walk's time went into doing it with an ABI coder. */
const SELECTOR = "0x82ad56cb";
/** Hexadecimal digits of a word. */
const WORD = 64;

export interface Answer {
  readonly success: boolean;
  /** With 0x. */
  readonly data: string;
}

/** Reads that may fail. @param calls Targets and calldata, both with 0x. */
export function packCalls(calls: readonly (readonly [target: string, data: string])[]): string {
  const items = calls.map(([target, data]) => {
    const length = (data.length - 2) / 2;
    const bytes = data.slice(2).padEnd(Math.ceil(length / 32) * WORD, "0");
    return target.slice(2).toLowerCase().padStart(WORD, "0") + word(1) + word(96) + word(length) + bytes;
  });
  let offset = 32 * items.length;
  const offsets = items.map((item) => {
    const here = word(offset);
    offset += item.length / 2;
    return here;
  });
  return SELECTOR + word(32) + word(items.length) + offsets.join("") + items.join("");
}

export function unpackAnswers(packed: string): Answer[] {
  const body = packed.slice(2 + WORD);
  const items = body.slice(WORD);
  return Array.from({ length: numberAt(body, 0) }, (_, i) => {
    const item = 2 * numberAt(items, i * WORD);
    const start = item + 3 * WORD;
    const end = start + 2 * numberAt(items, item + 2 * WORD);
    return { success: numberAt(items, item) === 1, data: `0x${items.slice(start, end)}` };
  });
}

function word(value: number): string {
  return value.toString(16).padStart(WORD, "0");
}

function numberAt(hex: string, digit: number): number {
  return Number.parseInt(hex.slice(digit, digit + WORD), 16);
}
