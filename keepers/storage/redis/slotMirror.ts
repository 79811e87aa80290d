import type { Redis } from "ioredis";
import { KeeperError } from "../../core/errors.js";
import type { Address } from "../../protocol/bytes.js";
import { bytesToHex } from "../../protocol/bytes.js";
import type { SlotStoreOptions } from "../slotStore.js";
import { SlotTable } from "../slotTable.js";
import type { SlotKeys } from "./slotKeys.js";

const columnsAtOnce = 128;
const nodesAtOnce = 10_000;

/** What Redis holds, as far as this process has read it. Only ever read from one connection: another one may know less. */
export class SlotMirror {
  readonly #keys: SlotKeys;
  readonly #table: SlotTable;
  /** By epoch and slot, how often the column had changed when it was read. */
  readonly #versions = new Map<bigint, Map<string, string>>();

  constructor(options: SlotStoreOptions, keys: SlotKeys) {
    this.#table = new SlotTable(options);
    this.#keys = keys;
  }

  /** Epochs of which anything was read. */
  get epochs(): bigint[] {
    return [...this.#table.epochs.keys()];
  }

  get nodeCount(): number {
    return this.#table.nodes.length;
  }

  knows(node: Address): boolean {
    return this.#table.knows(node);
  }

  has(epoch: bigint, slot: number, node: Address): boolean {
    return this.#table.has(epoch, slot, node);
  }

  count(epoch: bigint, node: Address, fromSlot: number): number {
    return this.#table.count(epoch, node, fromSlot);
  }

  prune(epoch: bigint): void {
    for (const old of this.#table.prune(epoch)) this.#versions.delete(old);
  }

  /** Adds the bits of a column. */
  take(epoch: bigint, slot: number, bits: Uint8Array | null): void {
    if (bits !== null) this.#table.epoch(epoch).restore(slot, bits);
  }

  /** Reads the newest epoch, and forgets what others pruned. */
  async refreshNewest(redis: Redis): Promise<void> {
    const [names, pruned] = await Promise.all([
      redis.smembers(this.#keys.epochs),
      redis.hget(this.#keys.layout, "prunedBefore"),
    ]);
    this.prune(BigInt(pruned ?? 0));
    if (names.length > 0)
      await this.refresh(
        redis,
        names.map(BigInt).reduce((a, b) => (a > b ? a : b)),
      );
  }

  /** Reads the columns of an epoch that changed since they were read last. */
  async refresh(redis: Redis, epoch: bigint): Promise<void> {
    const versions = await redis.hgetall(this.#keys.versions(epoch));
    const seen = this.#versions.get(epoch) ?? new Map<string, string>();
    this.#versions.set(epoch, seen);
    const changed = Object.entries(versions).filter(([slot, version]) => seen.get(slot) !== version);
    for (let from = 0; from < changed.length; from += columnsAtOnce) {
      const part = changed.slice(from, from + columnsAtOnce);
      await Promise.all(
        part.map(async ([slot, version]) => {
          this.take(epoch, Number(slot), await redis.getBuffer(this.#keys.column(epoch, Number(slot))));
          seen.set(slot, version);
        }),
      );
    }
    // The nodes come last: every bit that was read then has its node.
    await this.readNodes(redis);
  }

  /** Reads the nodes that got a number since. */
  async readNodes(redis: Redis): Promise<void> {
    for (let more = true; more;) {
      const from = this.nodeCount;
      const addresses = await redis.lrangeBuffer(this.#keys.list, from, from + nodesAtOnce - 1);
      // Somebody else may have read the same meanwhile.
      for (const [index, address] of addresses.entries()) {
        if (from + index === this.nodeCount) this.#table.addNode(toAddress(address));
      }
      more = addresses.length === nodesAtOnce;
    }
  }
}

function toAddress(bytes: Uint8Array): Address {
  if (bytes.length === 20) return bytesToHex(bytes);
  throw new KeeperError("STORAGE_CORRUPT", `the slots in Redis name a node by ${bytes.length} bytes instead of 20`);
}
