import type { Address } from "../../protocol/bytes.js";
import { ELIGIBLE_AVAILABILITY } from "../../protocol/availability.js";
import { type DeedKind, parseDeedId } from "../../protocol/deedId.js";
import { type LeafEntry, LeafKind } from "../../protocol/leaf.js";
import type { Link } from "../../protocol/links.js";

/** Two leaf files in a row: what the later one added is what its epoch credited. */
export interface LastCredits {
  readonly epoch: bigint;
  readonly entries: readonly LeafEntry[];
  readonly previousEntries: readonly LeafEntry[];
}

/**
 * Oracles whose own availability was below 250 in the last decided epoch: they lead last. Read from the leaf files alone, so
 * that an oracle that took part and one that caught up come to the same. An oracle whose class was not credited yet in that
 * epoch, or whose deed is not in the files, is not known to be unreliable.
 */
export function unreliableOracles(
  oracles: readonly Address[],
  links: readonly Link[],
  last: LastCredits | undefined,
  startEpochs: Readonly<Record<DeedKind, bigint>>,
): ReadonlySet<Address> {
  if (!last) return new Set();
  const deedOf = new Map(links.map(({ node, deed }) => [node, deed]));
  const wanted = new Set(oracles.flatMap((oracle) => deedOf.get(oracle) ?? []));
  const before = cumulatives(last.previousEntries, wanted);
  const after = cumulatives(last.entries, wanted);
  const isUnreliable = (oracle: Address): boolean => {
    const deed = deedOf.get(oracle);
    const now = deed === undefined ? undefined : after.get(deed);
    if (deed === undefined || now === undefined) return false;
    if (last.epoch < startEpochs[parseDeedId(deed).kind]) return false;
    return now - (before.get(deed) ?? 0n) < BigInt(ELIGIBLE_AVAILABILITY);
  };
  return new Set(oracles.filter(isUnreliable));
}

function cumulatives(entries: readonly LeafEntry[], wanted: ReadonlySet<bigint>): Map<bigint, bigint> {
  const found = entries.filter(({ kind, id }) => kind === LeafKind.AVAILABILITY && wanted.has(id));
  return new Map(found.map(({ id, cumulative }) => [id, cumulative]));
}
