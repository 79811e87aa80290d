import { describeError, KeeperError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import { SerialQueue } from "../../core/serial.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import type { SlotStore } from "../../storage/slotStore.js";

/** Where the slots of one epoch are kept, apart from those of all others: assignments come and go, and leave nothing behind. */
export interface SlotShelf {
  open(epoch: bigint): Promise<SlotStore>;
  /** Removes what is kept of an epoch, after its store was closed. */
  remove(epoch: bigint): Promise<void>;
}

export interface ServiceSlotsOptions {
  readonly slotsPerEpoch: number;
}

export interface ServiceSlotsDependencies {
  readonly shelf: SlotShelf;
  readonly logger: Logger;
}

/** Epochs before the running one that are kept, for an epoch is scored after its end; and after it, to be ready. */
const EPOCHS_BEFORE = 2n;
const EPOCHS_AFTER = 1n;
const MOST_WAITING = 1_000;

/**
 * In which slots each assignment was running, and in which its published endpoint failed. A slot with both was not served:
 * so the two can be found out by different processes, and in any order.
 */
export class ServiceSlots {
  readonly #options: ServiceSlotsOptions;
  readonly #dependencies: ServiceSlotsDependencies;
  readonly #stores = new Map<bigint, SlotStore>();
  readonly #queue = new SerialQueue({ limit: MOST_WAITING });
  #running = -1n;
  #failure: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ServiceSlotsOptions, dependencies: ServiceSlotsDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** What keeps slots from being safe, in one sentence; undefined when all is well. */
  get problem(): string | undefined {
    return this.#failure ?? [...this.#stores.values()].find(({ problem }) => problem !== undefined)?.problem;
  }

  /** Opens the epochs around the running one and gives up older ones. What fails is tried again at the next call. */
  async prepare(running: bigint): Promise<void> {
    if (this.#closing !== undefined || (running === this.#running && this.#failure === undefined)) return;
    this.#running = running;
    await this.#queue
      .run(() => this.#openAround(running))
      .then(
        () => (this.#failure = undefined),
        (error: unknown) => this.#fail(error),
      );
  }

  /** Notes that a heartbeat told that an assignment is running. Throws like `SlotStore.mark`. */
  mark(epoch: bigint, slot: number, assignment: Hash, sequence: bigint): boolean {
    return this.#storeOf(epoch).mark(epoch, slot, runningKey(assignment), sequence);
  }

  /** Notes that an assignment's endpoint failed. Throws like `SlotStore.mark`. */
  withhold(epoch: bigint, slot: number, assignment: Hash): void {
    this.#storeOf(epoch).mark(epoch, slot, failedKey(assignment));
  }

  /** Whether the assignment was told to be running. */
  has(epoch: bigint, slot: number, assignment: Hash): boolean {
    return this.#stores.get(epoch)?.has(epoch, slot, runningKey(assignment)) === true;
  }

  /** Slots of an epoch in which the assignment was served. None in an epoch that is not kept any more. */
  served(epoch: bigint, assignment: Hash): number {
    const store = this.#stores.get(epoch);
    if (store === undefined) return 0;
    const running = store.count(epoch, runningKey(assignment));
    return running - this.#withheld(store, epoch, assignment);
  }

  /** Resolves once `served` knows what any process noted in an epoch that is over; rejects when that cannot be learnt now. */
  async sync(epoch: bigint): Promise<void> {
    const isKept = epoch >= this.#running - EPOCHS_BEFORE && epoch <= this.#running + EPOCHS_AFTER;
    if (isKept) await this.#storeOf(epoch).sync(epoch);
  }

  /** Resolves once everything noted before the call survives a crash. */
  async flush(): Promise<void> {
    await Promise.all([...this.#stores.values()].map((store) => store.flush()));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#queue.close();
    const stores = [...this.#stores.values()];
    this.#stores.clear();
    await Promise.all(stores.map((store) => store.close()));
  }

  #storeOf(epoch: bigint): SlotStore {
    const store = this.#stores.get(epoch);
    if (store !== undefined) return store;
    const message = `no store is open for the service slots of epoch ${epoch}${this.#failure === undefined ? "" : `: ${this.#failure}`}`;
    throw new KeeperError("STORE_NOT_OPEN", message, { retriable: true });
  }

  #withheld(store: SlotStore, epoch: bigint, assignment: Hash): number {
    const failed = failedKey(assignment);
    if (store.count(epoch, failed) === 0) return 0;
    let withheld = 0;
    for (let slot = 0; slot < this.#options.slotsPerEpoch; slot += 1) {
      if (store.has(epoch, slot, failed) && store.has(epoch, slot, runningKey(assignment))) withheld += 1;
    }
    return withheld;
  }

  async #openAround(running: bigint): Promise<void> {
    for (const epoch of [...this.#stores.keys()]) {
      if (epoch < running - EPOCHS_BEFORE || epoch > running + EPOCHS_AFTER) await this.#giveUp(epoch);
    }
    for (let epoch = running - EPOCHS_BEFORE; epoch <= running + EPOCHS_AFTER; epoch += 1n) {
      if (epoch >= 0n && !this.#stores.has(epoch)) this.#stores.set(epoch, await this.#dependencies.shelf.open(epoch));
    }
  }

  async #giveUp(epoch: bigint): Promise<void> {
    const store = this.#stores.get(epoch);
    this.#stores.delete(epoch);
    await store?.close();
    await this.#dependencies.shelf.remove(epoch);
  }

  #fail(error: unknown): void {
    if (this.#closing !== undefined) return;
    if (this.#failure === undefined) {
      this.#dependencies.logger.error("service slots cannot be kept", { error: describeError(error) });
    }
    this.#failure = `service slots cannot be kept: ${describeError(error)}`;
  }
}

/** Slot stores know addresses, 20 bytes; as much of an assignment's hash is as good, at either end of it. */
function runningKey(assignment: Hash): Address {
  return assignment.slice(0, 42);
}

function failedKey(assignment: Hash): Address {
  return `0x${assignment.slice(-40)}`;
}
