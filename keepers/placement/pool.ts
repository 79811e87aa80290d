import type { Address } from "../protocol/bytes.js";
import type { JobDemand, NodeOffer, Resources } from "./types.js";

/** Weights of the parts of a score, each 0 to 10,000. Whole numbers only: every oracle has to come to the same sum. */
const REPUTATION = 4;
const FREE = 3;
const IDLE = 2;
const FULL = 10_000;

/** What a node may not lack, looked up once for a job so that each node costs a few reads. */
export interface Requirements {
  readonly resources: Resources;
  /** By position: 1 where a node has the tag; one for each tag wanted. */
  readonly tags: readonly Uint8Array[];
  /** By number of country: 1 where it is allowed; undefined for all. */
  readonly countries: Uint8Array | undefined;
  readonly needsBusiness: boolean;
  /** Positions that must not be chosen. */
  readonly excluded: ReadonlySet<number>;
}

/**
 * All nodes that may serve, ascending by token id, with what is still free of each: one array for each property, since a
 * thousand jobs look at ten thousand nodes each. The order never depends on how the offers came. Nodes are known by their
 * position in it, owners and countries by a number of their own.
 */
export class NodePool {
  readonly size: number;
  /** Numbers that owners have; all below it are taken. */
  readonly owners: number;
  readonly #offers: readonly NodeOffer[];
  readonly #positions = new Map<number, number>();
  readonly #ownerNumbers = new Map<Address, number>();
  readonly #countryNumbers = new Map<string, number>();
  readonly #tagged = new Map<string, Uint8Array>();
  readonly #ownerOf: Uint32Array;
  readonly #countryOf: Uint32Array;
  readonly #isBusiness: Uint8Array;
  /** The part of the score that no job changes. */
  readonly #standing: Float64Array;
  readonly #milliCpu: Float64Array;
  readonly #memoryMiB: Float64Array;
  readonly #diskMiB: Float64Array;
  readonly #gpus: Float64Array;
  /** What it offers in all; infinite for nothing, so that the share which is left is none. */
  readonly #wholeCpu: Float64Array;
  readonly #wholeMemory: Float64Array;

  /** @throws RangeError when two offers have one token id */
  constructor(offers: readonly NodeOffer[]) {
    const sorted = [...offers].sort((a, b) => a.tokenId - b.tokenId);
    const column = (read: (offer: NodeOffer) => number): Float64Array => Float64Array.from(sorted, read);
    this.#offers = sorted;
    this.size = sorted.length;
    sorted.forEach(({ tokenId }, position) => this.#positions.set(tokenId, position));
    if (this.#positions.size < sorted.length) throw new RangeError("two offers have one token id");
    this.#ownerOf = Uint32Array.from(sorted, ({ owner }) => numberOf(this.#ownerNumbers, owner));
    this.#countryOf = Uint32Array.from(sorted, ({ country }) => numberOf(this.#countryNumbers, country));
    this.owners = this.#ownerNumbers.size;
    this.#isBusiness = Uint8Array.from(sorted, ({ isBusiness }) => Number(isBusiness));
    this.#standing = column(({ reputation, load }) => REPUTATION * reputation + IDLE * (FULL - load));
    this.#milliCpu = column(({ capacity }) => capacity.milliCpu);
    this.#memoryMiB = column(({ capacity }) => capacity.memoryMiB);
    this.#diskMiB = column(({ capacity }) => capacity.diskMiB);
    this.#gpus = column(({ capacity }) => capacity.gpus);
    this.#wholeCpu = column(({ capacity }) => capacity.milliCpu || Infinity);
    this.#wholeMemory = column(({ capacity }) => capacity.memoryMiB || Infinity);
  }

  tokenIdAt(position: number): number {
    return (this.#offers[position] as NodeOffer).tokenId;
  }

  /** Number of the owner of the node at a position. */
  ownerAt(position: number): number {
    return this.#ownerOf[position] as number;
  }

  /** Undefined for an owner without a node here. */
  ownerNumber(owner: Address): number | undefined {
    return this.#ownerNumbers.get(owner);
  }

  /** What a node has left, less than nothing when it offers less than it has to run. Undefined for one that is not here. */
  freeOf(tokenId: number): Resources | undefined {
    const at = this.#positions.get(tokenId);
    if (at === undefined) return undefined;
    return {
      milliCpu: this.#milliCpu[at] as number,
      memoryMiB: this.#memoryMiB[at] as number,
      diskMiB: this.#diskMiB[at] as number,
      gpus: this.#gpus[at] as number,
    };
  }

  /** Takes what one place of a job needs; of a node that is not here, nothing. */
  take(tokenId: number, { milliCpu, memoryMiB, diskMiB, gpus }: Resources): void {
    const at = this.#positions.get(tokenId);
    if (at === undefined) return;
    this.#milliCpu[at] = (this.#milliCpu[at] as number) - milliCpu;
    this.#memoryMiB[at] = (this.#memoryMiB[at] as number) - memoryMiB;
    this.#diskMiB[at] = (this.#diskMiB[at] as number) - diskMiB;
    this.#gpus[at] = (this.#gpus[at] as number) - gpus;
  }

  /** What a job asks for, in terms of this pool. */
  requirementsOf({ resources, tags, countries, needsBusiness, excluded }: JobDemand): Requirements {
    return {
      resources,
      tags: tags.map((tag) => this.#nodesWith(tag)),
      countries: this.#allowed(countries),
      needsBusiness,
      excluded: this.positionsOf(excluded),
    };
  }

  /** Positions of those that are here. */
  positionsOf(tokenIds: readonly number[]): Set<number> {
    const positions = new Set<number>();
    for (const tokenId of tokenIds) {
      const position = this.#positions.get(tokenId);
      if (position !== undefined) positions.add(position);
    }
    return positions;
  }

  canServe(at: number, { resources, tags, countries, needsBusiness, excluded }: Requirements): boolean {
    if (!this.#hasRoom(at, resources) || (needsBusiness && this.#isBusiness[at] === 0)) return false;
    if (countries?.[this.#countryOf[at] as number] === 0) return false;
    for (const tagged of tags) if (tagged[at] === 0) return false;
    return excluded.size === 0 || !excluded.has(at);
  }

  /** From 0 to 90,000: how well it served, how much it has left with the job, how idle it is. Only of a node that can serve. */
  scoreAt(at: number, { milliCpu, memoryMiB }: Resources): number {
    const cpu = Math.floor((((this.#milliCpu[at] as number) - milliCpu) * FULL) / (this.#wholeCpu[at] as number));
    const memory = Math.floor(
      (((this.#memoryMiB[at] as number) - memoryMiB) * FULL) / (this.#wholeMemory[at] as number),
    );
    return (this.#standing[at] as number) + FREE * Math.min(cpu, memory);
  }

  #hasRoom(at: number, { milliCpu, memoryMiB, diskMiB, gpus }: Resources): boolean {
    return (
      (this.#milliCpu[at] as number) >= milliCpu &&
      (this.#memoryMiB[at] as number) >= memoryMiB &&
      (this.#diskMiB[at] as number) >= diskMiB &&
      (this.#gpus[at] as number) >= gpus
    );
  }

  #allowed(countries: readonly string[]): Uint8Array | undefined {
    if (countries.length === 0) return undefined;
    const allowed = new Uint8Array(this.#countryNumbers.size);
    for (const country of countries) {
      const number = this.#countryNumbers.get(country);
      if (number !== undefined) allowed[number] = 1;
    }
    return allowed;
  }

  /** Made for the tags that jobs ask for; nodes may have as many others as they like. */
  #nodesWith(tag: string): Uint8Array {
    const known = this.#tagged.get(tag);
    if (known !== undefined) return known;
    const tagged = Uint8Array.from(this.#offers, ({ tags }) => Number(tags.includes(tag)));
    this.#tagged.set(tag, tagged);
    return tagged;
  }
}

function numberOf<Key>(numbers: Map<Key, number>, key: Key): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  const number = numbers.size;
  numbers.set(key, number);
  return number;
}
