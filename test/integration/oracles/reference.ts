/** What the chain should hold, computed from what the oracles reported with none of the keepers' code. */
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { solidityPackedKeccak256 } from "ethers";

import { addressOfNode, type Licence } from "./setUp.js";

/** As `EpochCommitted` tells it. */
export interface Commit {
  readonly epoch: bigint;
  readonly root: string;
  readonly previousRoot: string;
  readonly dataHash: string;
  readonly leafCount: bigint;
  readonly transactionHash: string;
}

/** First epoch that is credited, by kind of deed: the development network's parameters. */
const STARTS: Readonly<Record<number, bigint>> = { 2: 1n, 3: 0n };

/** The subjects' hash that every report about the epoch must name: the links, and no seats. */
export function subjectsHashOf(epoch: bigint, licences: readonly Licence[]): string {
  const links = licences.flatMap((licence) => [licence.deed, addressOfNode(licence), licence.associatedAt]);
  const types = licences.flatMap(() => ["bytes32", "address", "uint64"]);
  const values = links.map((value, index) => (index % 3 === 0 ? `0x${value.toString(16).padStart(64, "0")}` : value));
  const linksHash = solidityPackedKeccak256(
    ["string", "uint64", "uint32", ...types],
    ["R1/links/1", epoch, licences.length, ...values],
  );
  return solidityPackedKeccak256(["string", "bytes32", "uint32"], ["R1/subjects/1", linksHash, 0]);
}

/** Adds up, epoch after epoch, what the agreed reports credit. */
export class Reference {
  readonly #licences: readonly Licence[];
  readonly #sums: bigint[];

  /** @param licences ascending by deed */
  constructor(licences: readonly Licence[]) {
    this.#licences = licences;
    this.#sums = licences.map(() => 0n);
  }

  /** The root after an epoch with those reports, one byte per link each. */
  add(epoch: bigint, reports: readonly Uint8Array[]): string {
    this.#licences.forEach(({ kind }, link) => {
      const bytes = reports.map((report) => report[link]!).sort((a, b) => a - b);
      const median = bytes[Math.floor((bytes.length - 1) / 2)]!;
      if (epoch >= STARTS[kind]!) this.#sums[link] = this.#sums[link]! + BigInt(median);
    });
    const leaves = this.#licences.map(({ deed }, link) => [1n, deed, this.#sums[link]!] as const);
    const positive = leaves.filter(([, , sum]) => sum > 0n).map((leaf) => [...leaf]);
    return StandardMerkleTree.of(positive, ["uint8", "uint256", "uint256"], { sortLeaves: false }).root;
  }

  /** Sum of the deed's bytes so far. */
  sumOf(deed: bigint): bigint {
    return this.#sums[this.#licences.findIndex((licence) => licence.deed === deed)]!;
  }
}
