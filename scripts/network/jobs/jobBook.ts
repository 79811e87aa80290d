import type { Hash } from "../../../keepers/protocol/bytes.js";
import { LeafKind } from "../../../keepers/protocol/leaf.js";
import type { LeafFile } from "../../../keepers/protocol/leafFile.js";

/** What the story learns of its jobs beside what the chain has of them. */
export class JobBook {
  readonly #outputs = new Map<Hash, string>();
  readonly #epochs: ReadonlyMap<Hash, bigint>[] = [];

  /** What the containers of an assignment answered over HTTP. */
  addOutput(assignment: Hash, output: string): void {
    this.#outputs.set(assignment, output);
  }

  outputOf(assignment: Hash): string | undefined {
    return this.#outputs.get(assignment);
  }

  /** The next committed epoch's leaf file. */
  addEpoch(file: LeafFile): void {
    this.#epochs.push(servicesOf(file));
  }

  /**
   * Service bytes of an assignment up to and with each committed epoch. A leaf goes when all of it is paid: then nothing is
   * added to it any more.
   */
  sumsOf(assignment: Hash): readonly bigint[] {
    const sums: bigint[] = [];
    for (const services of this.#epochs) sums.push(services.get(assignment) ?? sums.at(-1) ?? 0n);
    return sums;
  }

  /** The sum up to now. */
  servedBy(assignment: Hash): bigint {
    return this.sumsOf(assignment).at(-1) ?? 0n;
  }
}

/** Assignment → sum of its service bytes. */
function servicesOf(file: LeafFile): Map<Hash, bigint> {
  const entries = file.entries.filter(({ kind }) => kind === LeafKind.SERVICE);
  return new Map(entries.map(({ id, cumulative }) => [`0x${id.toString(16).padStart(64, "0")}`, cumulative]));
}
