import { KeeperError } from "../../core/errors.js";
import type { Address } from "../../protocol/bytes.js";

/** A heartbeat that may earn a slot. */
export interface WaitingMark {
  readonly node: Address;
  readonly sequence: bigint | undefined;
}

/** Marks of one slot that are written together. */
export interface MarkBatch {
  readonly epoch: bigint;
  readonly slot: number;
  readonly marks: readonly WaitingMark[];
}

interface SlotGroup {
  readonly epoch: bigint;
  readonly slot: number;
  /** When the first of them was heard, milliseconds since 1970. */
  readonly since: number;
  readonly marks: Map<Address, (bigint | undefined)[]>;
}

/** Heartbeats kept for a node and slot, should the first turn out to be a replay of one that others heard. */
const candidates = 2;

/** Marks on their way to a shared store: at most `limit`, by slot. */
export class WaitingMarks {
  readonly #limit: number;
  readonly #groups = new Map<string, SlotGroup>();
  #size = 0;

  constructor(options: { readonly limit: number }) {
    this.#limit = options.limit;
  }

  get size(): number {
    return this.#size;
  }

  /** True when nothing waited for that node and slot. Throws `STORE_FULL` (retriable). */
  add(epoch: bigint, slot: number, mark: WaitingMark, now: number): boolean {
    const sequences = this.#groups.get(keyOf(epoch, slot))?.marks.get(mark.node) ?? [];
    if (sequences.length >= candidates || sequences.includes(mark.sequence)) return false;
    if (this.#size >= this.#limit) {
      throw new KeeperError("STORE_FULL", `${this.#limit} marks wait for the slot store already`, { retriable: true });
    }
    this.#insert(epoch, slot, mark, now);
    return sequences.length === 0;
  }

  /** Adds a mark that was settled once, whatever the limits. */
  restore(epoch: bigint, slot: number, mark: WaitingMark, now: number): void {
    const sequences = this.#groups.get(keyOf(epoch, slot))?.marks.get(mark.node);
    if (sequences?.includes(mark.sequence) !== true) this.#insert(epoch, slot, mark, now);
  }

  /** All that waits now, oldest slot first, at most `size` in a batch. */
  batches(size: number): MarkBatch[] {
    const batches: MarkBatch[] = [];
    for (const { epoch, slot, marks } of this.#groups.values()) {
      const all = [...marks].flatMap(([node, sequences]) => sequences.map((sequence) => ({ node, sequence })));
      for (let from = 0; from < all.length; from += size) {
        batches.push({ epoch, slot, marks: all.slice(from, from + size) });
      }
    }
    return batches;
  }

  /** Takes a mark out, and with `isOver` everything else that waits for its node and slot. */
  settle(epoch: bigint, slot: number, { node, sequence }: WaitingMark, isOver: boolean): void {
    const group = this.#groups.get(keyOf(epoch, slot));
    const sequences = group?.marks.get(node);
    if (group === undefined || sequences === undefined) return;
    const left = isOver ? [] : sequences.filter((other) => other !== sequence);
    this.#size -= sequences.length - left.length;
    if (left.length > 0) group.marks.set(node, left);
    else group.marks.delete(node);
    if (group.marks.size === 0) this.#groups.delete(keyOf(epoch, slot));
  }

  /** Gives up the slots that are meant; gives how many marks waited for them. */
  giveUp(isMeant: (group: { readonly epoch: bigint; readonly since: number }) => boolean): number {
    const before = this.#size;
    for (const [key, group] of this.#groups) {
      if (!isMeant(group)) continue;
      for (const sequences of group.marks.values()) this.#size -= sequences.length;
      this.#groups.delete(key);
    }
    return before - this.#size;
  }

  #insert(epoch: bigint, slot: number, { node, sequence }: WaitingMark, now: number): void {
    const { marks } = this.#group(epoch, slot, now);
    marks.set(node, [...(marks.get(node) ?? []), sequence]);
    this.#size += 1;
  }

  #group(epoch: bigint, slot: number, since: number): SlotGroup {
    const key = keyOf(epoch, slot);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const made = { epoch, slot, since, marks: new Map<Address, (bigint | undefined)[]>() };
    this.#groups.set(key, made);
    return made;
  }
}

function keyOf(epoch: bigint, slot: number): string {
  return `${epoch}:${slot}`;
}
