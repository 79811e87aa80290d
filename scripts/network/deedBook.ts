import type { Address, Hash } from "../../keepers/protocol/bytes.js";
import type { DeedId } from "../../keepers/protocol/deedId.js";
import type { LeafFile } from "../../keepers/protocol/leafFile.js";
import { LeafKind } from "../../keepers/protocol/leaf.js";

/** A deed that somebody in the story holds, and what it earned. */
export interface DeedEntry {
  readonly id: DeedId;
  readonly owner: Address;
  readonly node: Address;
  /** Credited bytes of each committed epoch since the first, in order. */
  readonly perEpoch: readonly number[];
  readonly cumulative: bigint;
  /** Wei. */
  readonly claimed: bigint;
}

/** One claim as the chain recorded it. */
export interface Claim {
  readonly deed: DeedId;
  readonly epoch: bigint;
  readonly cumulative: bigint;
  /** Wei. */
  readonly amount: bigint;
  readonly txHash: Hash;
}

/** The deeds of the story in ascending order, and what became of them. */
export class DeedBook {
  readonly #deeds = new Map<DeedId, DeedEntry>();
  #epochs = 0;

  get all(): readonly DeedEntry[] {
    return [...this.#deeds.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get(id: DeedId): DeedEntry | undefined {
    return this.#deeds.get(id);
  }

  /** A deed and the node that will earn for it. */
  add(deed: Pick<DeedEntry, "id" | "owner" | "node">): void {
    const perEpoch = Array.from({ length: this.#epochs }, () => 0);
    this.#deeds.set(deed.id, { ...deed, perEpoch, cumulative: 0n, claimed: 0n });
  }

  /** The next committed epoch's leaf file. */
  addEpoch(file: LeafFile): void {
    this.#epochs += 1;
    const sums = cumulativesOf(file);
    for (const [id, deed] of this.#deeds) {
      const cumulative = sums.get(id) ?? 0n;
      const perEpoch = [...deed.perEpoch, Number(cumulative - deed.cumulative)];
      this.#deeds.set(id, { ...deed, cumulative, perEpoch });
    }
  }

  addClaim({ deed: id, amount }: Claim): void {
    const deed = this.#deeds.get(id);
    if (deed) this.#deeds.set(id, { ...deed, claimed: deed.claimed + amount });
  }
}

/** Deed → sum of its credited bytes. */
export function cumulativesOf(file: LeafFile): Map<DeedId, bigint> {
  const entries = file.entries.filter(({ kind }) => kind === LeafKind.AVAILABILITY);
  return new Map(entries.map(({ id, cumulative }) => [id, cumulative]));
}
