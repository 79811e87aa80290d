import { KeeperError } from "../core/errors.js";
import type { Address } from "../protocol/bytes.js";
import type { SlotStore, SlotStoreOptions } from "./slotStore.js";
import { SlotTable } from "./slotTable.js";

/** A SlotStore that forgets everything with the process: for simulations and tests. */
export class MemorySlotStore implements SlotStore {
  readonly tellsReplays = false;
  readonly problem = undefined;
  readonly #table: SlotTable;
  #closed = false;

  constructor(options: SlotStoreOptions) {
    this.#table = new SlotTable(options);
  }

  mark(epoch: bigint, slot: number, node: Address): boolean {
    if (this.#closed) throw new KeeperError("STORE_CLOSED", "the slot store is closed");
    return this.#table.mark(epoch, slot, node);
  }

  has(epoch: bigint, slot: number, node: Address): boolean {
    return this.#table.has(epoch, slot, node);
  }

  count(epoch: bigint, node: Address, fromSlot = 0): number {
    return this.#table.count(epoch, node, fromSlot);
  }

  sync(): Promise<void> {
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  prune(epoch: bigint): Promise<void> {
    this.#table.prune(epoch);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}
