/** The class of a licence; zero is no class, so that the id zero means "no deed". */
export const DeedKind = { NODE: 1, MASTER: 2, GENESIS: 3 } as const;
export type DeedKind = (typeof DeedKind)[keyof typeof DeedKind];

/** One licence of any class: `kind << 248 | tokenId`. */
export type DeedId = bigint;

/** A deed id taken apart. */
export interface Deed {
  readonly kind: DeedKind;
  readonly tokenId: bigint;
}

const KIND_SHIFT = 248n;
const TOKEN_IDS = 1n << KIND_SHIFT;
const SYMBOLS: Readonly<Record<DeedKind, string>> = { 1: "ND", 2: "MND", 3: "GND" };
const NAME = /^(ND|MND|GND)(?:\s*[:#]\s*|\s+)([0-9]{1,75})$/i;

/** @throws RangeError when the kind does not exist or the token id does not fit into 248 bits */
export function deedId(kind: DeedKind, tokenId: bigint): DeedId {
  checkKind(kind);
  if (tokenId < 0n || tokenId >= TOKEN_IDS) throw new RangeError(`token id: got ${tokenId}, want 0 to 2^248 - 1`);
  return (BigInt(kind) << KIND_SHIFT) | tokenId;
}

/** @throws RangeError when the id names no known class: zero ("no deed") is refused too */
export function parseDeedId(id: DeedId): Deed {
  const kind = Number(id >> KIND_SHIFT);
  checkKind(kind);
  return { kind, tokenId: id & (TOKEN_IDS - 1n) };
}

/** "ND #5": how people read it. */
export function formatDeed(id: DeedId): string {
  const { kind, tokenId } = parseDeedId(id);
  return `${SYMBOLS[kind]} #${tokenId}`;
}

/**
 * Reads "ND:5", "nd#5", "MND #12", "gnd 1": how people type it.
 * @throws RangeError that shows an example when it is anything else
 */
export function parseDeedName(name: string): DeedId {
  const [, symbol, tokenId] = NAME.exec(name.trim()) ?? [];
  if (symbol === undefined || tokenId === undefined) {
    throw new RangeError(`deed: got ${JSON.stringify(name)}, want a class and a number, such as ND:5, MND:12 or GND:1`);
  }
  return deedId(kindOf(symbol), BigInt(tokenId));
}

/** "ND", "MND" or "GND". */
export function kindSymbol(kind: DeedKind): string {
  return SYMBOLS[kind];
}

function kindOf(symbol: string): DeedKind {
  const kind = Object.values(DeedKind).find((candidate) => SYMBOLS[candidate] === symbol.toUpperCase());
  if (kind === undefined) throw new RangeError(`deed class: got ${symbol}, want ND, MND or GND`);
  return kind;
}

function checkKind(kind: number): asserts kind is DeedKind {
  if (!(kind in SYMBOLS)) throw new RangeError(`deed class: got ${kind}, want 1 (ND), 2 (MND) or 3 (GND)`);
}
