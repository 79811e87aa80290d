import { KeeperError } from "../../../../keepers/core/errors.js";
import type { SlotShelf } from "../../../../keepers/oracle/service/serviceSlots.js";
import { MemorySlotStore } from "../../../../keepers/storage/memorySlotStore.js";

/** Slots in memory, which fail while there is a problem. */
export interface MemoryShelf extends SlotShelf {
  problem: string | undefined;
  /** What was opened and removed, in order. */
  readonly calls: string[];
}

export function memoryShelf(): MemoryShelf {
  const shelf: MemoryShelf = {
    problem: undefined,
    calls: [],
    open(epoch) {
      shelf.calls.push(`open ${epoch}`);
      const store = new MemorySlotStore({ slotsPerEpoch: 4_320, maximumNodes: 1_000 });
      const check = () => {
        if (shelf.problem !== undefined) throw new KeeperError("STORE_AWAY", shelf.problem, { retriable: true });
      };
      store.sync = () => Promise.resolve().then(check);
      return Promise.resolve().then(() => {
        check();
        return store;
      });
    },
    remove(epoch) {
      shelf.calls.push(`remove ${epoch}`);
      return Promise.resolve();
    },
  };
  return shelf;
}
