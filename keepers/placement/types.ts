import type { Address } from "../protocol/bytes.js";

/** What a container may take, or a node has: thousandths of a core, mebibytes, whole devices. */
export interface Resources {
  readonly milliCpu: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  readonly gpus: number;
}

/** A node that may serve jobs, as chain and its own signed advertisement tell. */
export interface NodeOffer {
  /** Of its Node Deed. */
  readonly tokenId: number;
  readonly owner: Address;
  /** Whether the owner was verified as a business (KYB). */
  readonly isBusiness: boolean;
  /** ISO 3166-1, two capital letters. */
  readonly country: string;
  readonly tags: readonly string[];
  /** What it offers to jobs in all. */
  readonly capacity: Resources;
  /** How well it served so far: 0 to 10,000 basis points. */
  readonly reputation: number;
  /** How busy it says it is: 0 to 10,000 basis points. */
  readonly load: number;
}

/** What a job asks of each of its nodes, and of all of them together. */
export interface JobDemand {
  readonly jobId: bigint;
  /** How many nodes are to be found. */
  readonly count: number;
  /** With how many it makes do, from 1 to `count`; when there are fewer, none is taken. */
  readonly least: number;
  readonly resources: Resources;
  /** A node has to have all of them. */
  readonly tags: readonly string[];
  /** Empty: any. */
  readonly countries: readonly string[];
  readonly needsBusiness: boolean;
  /** Token ids that must not serve it, such as those that serve it already or failed it. */
  readonly excluded: readonly number[];
  /** Token ids that come first when they can serve it. */
  readonly preferred: readonly number[];
  /** Whether two of its nodes may belong to one owner. */
  readonly distinctOwners: boolean;
  /** Owners of nodes that serve it already: they count for `distinctOwners` and for the spread. */
  readonly owners: readonly Address[];
}

/** The nodes chosen, best first, at least as many as the job makes do with; or how many there would have been. */
export type Placement =
  { readonly placed: true; readonly tokenIds: readonly number[] } | { readonly placed: false; readonly found: number };
