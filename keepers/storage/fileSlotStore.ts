import { join } from "node:path";
import type { Cancel, Clock } from "../core/clock.js";
import type { Disk } from "../core/disk.js";
import { describeError, KeeperError } from "../core/errors.js";
import { temporarySuffix } from "../core/files.js";
import { SerialQueue } from "../core/serial.js";
import type { Address } from "../protocol/bytes.js";
import { ColumnFile } from "./columnFile.js";
import type { EpochSlots } from "./epochSlots.js";
import { NodeIndexFile } from "./nodeIndexFile.js";
import type { SlotStore, SlotStoreOptions } from "./slotStore.js";
import { SlotTable } from "./slotTable.js";

export interface FileSlotStoreOptions extends SlotStoreOptions {
  /** A folder of the store's own; made when absent. */
  readonly directory: string;
  /** Time between two flushes: what a crash loses at most. */
  readonly flushMs: number;
}

export interface FileSlotStoreDependencies {
  readonly clock: Clock;
  readonly disk: Disk;
  /** Hears of each flush on the clock that failed; the marks stay in memory and the next flush tries again. */
  readonly onError: (error: unknown) => void;
}

const indexName = "nodes.index";
const columnName = /^(?<epoch>\d{1,20})\.slots$/u;
const waitingLimit = 1_000;

/** A SlotStore in memory that writes what changed to disk every `flushMs`. */
export class FileSlotStore implements SlotStore {
  readonly tellsReplays = false;
  readonly #options: FileSlotStoreOptions;
  readonly #dependencies: FileSlotStoreDependencies;
  readonly #table: SlotTable;
  readonly #index: NodeIndexFile;
  readonly #files = new Map<bigint, ColumnFile>();
  readonly #queue = new SerialQueue({ limit: waitingLimit });
  #cancelFlush: Cancel = () => undefined;
  #closing: Promise<void> | undefined;
  #problem: string | undefined;

  private constructor(
    options: FileSlotStoreOptions,
    dependencies: FileSlotStoreDependencies,
    table: SlotTable,
    index: NodeIndexFile,
  ) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#table = table;
    this.#index = index;
  }

  /**
   * Reads what was flushed. Rejects with `STORAGE_MISMATCH` when the folder was made for other `slotsPerEpoch` or
   * `maximumNodes`, and with `STORAGE_CORRUPT` when marks belong to nodes that the index does not have.
   */
  static async open(options: FileSlotStoreOptions, dependencies: FileSlotStoreDependencies): Promise<FileSlotStore> {
    const { disk } = dependencies;
    await disk.makeDirectory(options.directory);
    const table = new SlotTable(options);
    const { index, nodes } = await NodeIndexFile.open(disk, join(options.directory, indexName));
    const store = new FileSlotStore(options, dependencies, table, index);
    try {
      for (const node of nodes) table.addNode(node);
      for (const name of await disk.list(options.directory)) await store.#load(name);
    } catch (error) {
      await store.#closeFiles();
      throw error;
    }
    store.#scheduleFlush();
    return store;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  mark(epoch: bigint, slot: number, node: Address): boolean {
    if (this.#closing !== undefined) throw new KeeperError("STORE_CLOSED", "the slot store is closed");
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
    return this.#queue.run(async () => {
      try {
        await this.#flushAll();
        this.#problem = undefined;
      } catch (error) {
        this.#problem = `heartbeat slots are not on disk: ${describeError(error)}`;
        throw error;
      }
    });
  }

  prune(epoch: bigint): Promise<void> {
    const old = this.#table.prune(epoch);
    return this.#queue.run(async () => {
      for (const known of old) await this.#removeFile(known);
      if (old.length > 0) await this.#dependencies.disk.syncDirectory(this.#options.directory);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#cancelFlush();
    try {
      await this.flush();
    } finally {
      await this.#queue.close();
      await this.#closeFiles();
    }
  }

  #scheduleFlush(): void {
    this.#cancelFlush = this.#dependencies.clock.schedule(this.#options.flushMs, async () => {
      await this.flush().catch(this.#dependencies.onError);
      if (this.#closing === undefined) this.#scheduleFlush();
    });
  }

  async #flushAll(): Promise<void> {
    for (const [epoch, slots] of this.#table.epochs) {
      if (slots.dirty.size > 0) await this.#flushEpoch(await this.#fileOf(epoch), slots);
    }
  }

  async #flushEpoch(file: ColumnFile, slots: EpochSlots): Promise<void> {
    const written: number[] = [];
    try {
      for (const slot of [...slots.dirty]) {
        // Nothing may wait between this check and the reading of the column: it must not name a node that is not durable.
        while (this.#index.length < this.#table.nodes.length) await this.#appendNodes();
        slots.dirty.delete(slot);
        written.push(slot);
        await file.write(slot, slots.column(slot));
      }
      await file.sync();
    } catch (error) {
      for (const slot of written) slots.dirty.add(slot);
      throw error;
    }
  }

  async #appendNodes(): Promise<void> {
    await this.#index.append(this.#table.nodes.slice(this.#index.length));
  }

  async #fileOf(epoch: bigint): Promise<ColumnFile> {
    const known = this.#files.get(epoch);
    if (known !== undefined) return known;
    const { slotsPerEpoch: slots, maximumNodes } = this.#options;
    const layout = { epoch, slots, stride: Math.ceil(maximumNodes / 8) };
    const file = await ColumnFile.open(this.#dependencies.disk, this.#pathOf(epoch), layout);
    this.#files.set(epoch, file);
    return file;
  }

  async #load(name: string): Promise<void> {
    if (name.endsWith(temporarySuffix)) return this.#dependencies.disk.remove(join(this.#options.directory, name));
    const digits = columnName.exec(name)?.groups?.["epoch"];
    if (digits === undefined) return;
    const epoch = BigInt(digits);
    const slots = this.#table.epoch(epoch);
    await (
      await this.#fileOf(epoch)
    ).load((slot, bits) => {
      if (!fitsNodes(bits, this.#table.nodes.length)) {
        const message = `${this.#pathOf(epoch)}, slot ${slot}: marks of nodes that ${indexName} does not have`;
        throw new KeeperError("STORAGE_CORRUPT", message);
      }
      slots.restore(slot, bits);
    });
  }

  async #removeFile(epoch: bigint): Promise<void> {
    await this.#files.get(epoch)?.close();
    this.#files.delete(epoch);
    await this.#dependencies.disk.remove(this.#pathOf(epoch));
  }

  #pathOf(epoch: bigint): string {
    return join(this.#options.directory, `${epoch}.slots`);
  }

  async #closeFiles(): Promise<void> {
    const files = [...this.#files.values(), this.#index];
    this.#files.clear();
    await Promise.all(files.map((file) => file.close()));
  }
}

/** Whether no bit from number `nodes` on is set. */
function fitsNodes(bits: Uint8Array, nodes: number): boolean {
  const whole = nodes >> 3;
  return (bits[whole] ?? 0) >> (nodes & 7) === 0 && bits.subarray(whole + 1).every((byte) => byte === 0);
}
