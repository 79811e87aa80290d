import type { Address } from "../../protocol/bytes.js";

/** Whose slots they are: one oracle's, on one network. */
export interface SlotOwner {
  readonly chainId: bigint;
  readonly nodeRegistry: Address;
  readonly oracle: Address;
}

/** Names of the keys of one oracle, in one section. The braces keep them on one server of a cluster, as scripts need. */
export class SlotKeys {
  /** Hash: `slotsPerEpoch`, `prunedBefore`. */
  readonly layout: string;
  /** Hash: a node's address (20 bytes) to its number. */
  readonly nodes: string;
  /** List of the addresses, by number. */
  readonly list: string;
  /** Set of the epochs that have marks. */
  readonly epochs: string;
  readonly #prefix: string;

  /** @param section keeps stores apart */
  constructor({ chainId, nodeRegistry, oracle }: SlotOwner, section = "slots") {
    this.#prefix = `r1:{${chainId}/${nodeRegistry}/${oracle}}:${section}:`;
    this.layout = `${this.#prefix}layout`;
    this.nodes = `${this.#prefix}nodes`;
    this.list = `${this.#prefix}list`;
    this.epochs = `${this.#prefix}epochs`;
  }

  /** Hash: slot to how often its column changed. */
  versions(epoch: bigint): string {
    return `${this.#prefix}${epoch}`;
  }

  /** One bit per node number, least significant first. */
  column(epoch: bigint, slot: number): string {
    return `${this.#prefix}${epoch}:${slot}`;
  }

  /** 48 bits per node number: which heartbeat earned the slot. Expires. */
  earned(epoch: bigint, slot: number): string {
    return `${this.#prefix}${epoch}:${slot}:earned`;
  }
}
