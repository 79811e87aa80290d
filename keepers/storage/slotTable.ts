import { KeeperError } from "../core/errors.js";
import type { Address } from "../protocol/bytes.js";
import { EpochSlots } from "./epochSlots.js";
import type { SlotStoreOptions } from "./slotStore.js";

/** All marks in memory: which number each node has, and the columns of each epoch. */
export class SlotTable {
  readonly epochs = new Map<bigint, EpochSlots>();
  /** Nodes by number; only ever appended to. */
  readonly nodes: Address[] = [];
  readonly #numbers = new Map<Address, number>();
  readonly #options: SlotStoreOptions;
  #prunedBefore = 0n;

  constructor(options: SlotStoreOptions) {
    this.#options = options;
  }

  mark(epoch: bigint, slot: number, node: Address): boolean {
    if (!this.#isSlot(slot)) throw new KeeperError("SLOT_INVALID", `no slot ${slot} in an epoch of ${this.#slots}`);
    if (epoch < this.#prunedBefore) return false;
    return this.epoch(epoch).mark(slot, this.#numbers.get(node) ?? this.addNode(node));
  }

  has(epoch: bigint, slot: number, node: Address): boolean {
    const number = this.#numbers.get(node);
    return number !== undefined && this.epochs.get(epoch)?.has(slot, number) === true;
  }

  count(epoch: bigint, node: Address, fromSlot: number): number {
    const number = this.#numbers.get(node);
    return number === undefined ? 0 : (this.epochs.get(epoch)?.count(number, fromSlot) ?? 0);
  }

  knows(node: Address): boolean {
    return this.#numbers.has(node);
  }

  /** The columns of an epoch, made when there are none. */
  epoch(epoch: bigint): EpochSlots {
    const known = this.epochs.get(epoch);
    if (known !== undefined) return known;
    const made = new EpochSlots(this.#slots);
    this.epochs.set(epoch, made);
    return made;
  }

  /** Gives a node the next number. Throws `NODE_LIMIT`. */
  addNode(node: Address): number {
    const number = this.nodes.length;
    if (number >= this.#options.maximumNodes) {
      throw new KeeperError("NODE_LIMIT", `the slot store is made for ${this.#options.maximumNodes} nodes, all taken`);
    }
    this.nodes.push(node);
    this.#numbers.set(node, number);
    return number;
  }

  /** Forgets the epochs before `epoch` and gives which they were. */
  prune(epoch: bigint): bigint[] {
    if (epoch > this.#prunedBefore) this.#prunedBefore = epoch;
    const old = [...this.epochs.keys()].filter((known) => known < epoch);
    for (const known of old) this.epochs.delete(known);
    return old;
  }

  get #slots(): number {
    return this.#options.slotsPerEpoch;
  }

  #isSlot(slot: number): boolean {
    return Number.isInteger(slot) && slot >= 0 && slot < this.#slots;
  }
}
