const initialBytes = 8;

/**
 * One epoch's marks: a column of bits per slot, one bit per node number. A heartbeat touches one byte of the current
 * column, and saving a slot writes one column.
 */
export class EpochSlots {
  /** Slots whose column changed since somebody took them from this set. */
  readonly dirty = new Set<number>();
  readonly #columns: (Uint8Array | undefined)[];
  /** Marks per node number, so that counting a whole epoch does not walk its columns. */
  #totals = new Uint32Array(initialBytes * 8);

  constructor(slots: number) {
    this.#columns = new Array<undefined>(slots).fill(undefined);
  }

  /** True when the mark is new. */
  mark(slot: number, node: number): boolean {
    const column = this.#columnFor(slot, node);
    const mask = 1 << (node & 7);
    const byte = column[node >> 3] as number;
    if ((byte & mask) !== 0) return false;
    column[node >> 3] = byte | mask;
    this.#addTotal(node);
    this.dirty.add(slot);
    return true;
  }

  has(slot: number, node: number): boolean {
    return ((this.#columns[slot]?.[node >> 3] ?? 0) & (1 << (node & 7))) !== 0;
  }

  count(node: number, fromSlot: number): number {
    if (fromSlot <= 0) return this.#totals[node] ?? 0;
    let count = 0;
    for (let slot = fromSlot; slot < this.#columns.length; slot += 1) if (this.has(slot, node)) count += 1;
    return count;
  }

  /** The bits of a slot, least significant first; as long as the highest node marked needs, or longer. Not a copy. */
  column(slot: number): Uint8Array {
    return this.#columns[slot] ?? new Uint8Array();
  }

  /** Adds the bits of a stored column; they do not count as changed. */
  restore(slot: number, bits: Uint8Array): void {
    const used = bits.findLastIndex((byte) => byte !== 0) + 1;
    if (used === 0) return;
    const column = this.#columnFor(slot, used * 8 - 1);
    for (let index = 0; index < used; index += 1) {
      const known = column[index] as number;
      column[index] = known | (bits[index] as number);
      for (let fresh = (bits[index] as number) & ~known; fresh !== 0; fresh &= fresh - 1) {
        this.#addTotal(index * 8 + 31 - Math.clz32(fresh & -fresh));
      }
    }
  }

  #columnFor(slot: number, node: number): Uint8Array {
    const column = this.#columns[slot];
    if (column !== undefined && node >> 3 < column.length) return column;
    const grown = new Uint8Array(grownLength(column?.length ?? initialBytes, (node >> 3) + 1));
    if (column !== undefined) grown.set(column);
    this.#columns[slot] = grown;
    return grown;
  }

  #addTotal(node: number): void {
    if (node >= this.#totals.length) {
      const grown = new Uint32Array(grownLength(this.#totals.length, node + 1));
      grown.set(this.#totals);
      this.#totals = grown;
    }
    this.#totals[node] = (this.#totals[node] as number) + 1;
  }
}

function grownLength(length: number, needed: number): number {
  let grown = length;
  while (grown < needed) grown *= 2;
  return grown;
}
