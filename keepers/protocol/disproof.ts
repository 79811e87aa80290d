import type { Hash } from "./bytes.js";
import { compareLeaves, type LeafEntry, type LeafKind } from "./leaf.js";
import { type LeafFile, treeOf } from "./leafFile.js";

/** A leaf that no honest epoch can lead to, with what `EpochLedger.disprove` takes to see it. */
export interface Disproof {
  readonly kind: LeafKind;
  readonly id: bigint;
  /** Zero, with an empty proof, for a leaf that the root before does not have. */
  readonly cumulativeBefore: bigint;
  readonly proofBefore: readonly Hash[];
  readonly cumulativeAfter: bigint;
  readonly proofAfter: readonly Hash[];
  /** Most that the cumulative could have grown by. */
  readonly most: bigint;
}

/** The largest byte that an epoch adds to a leaf. */
const MOST_AN_EPOCH = 255n;

type Leaves = Pick<LeafFile, "epoch" | "entries">;

const NOTHING: Leaves = { epoch: -1n, entries: [] };

interface Offence {
  readonly before: LeafEntry | undefined;
  readonly indexBefore: number;
  readonly after: LeafEntry;
  readonly indexAfter: number;
  readonly most: bigint;
}

/**
 * The first leaf of `after` that shrank since `before`, the leaf file of the root before it, or grew by more than 255 for each
 * epoch between the two; undefined when there is none. A leaf that is new may have grown since epoch 0, for nobody can prove
 * to the ledger that it was not there before. A leaf that is gone cannot be shown either.
 */
export function findDisproof(before: LeafFile | undefined, after: LeafFile): Disproof | undefined {
  const offence = findOffence(before ?? NOTHING, after);
  if (!offence) return undefined;
  const { kind, id, cumulative: cumulativeAfter } = offence.after;
  return {
    kind,
    id,
    cumulativeBefore: offence.before?.cumulative ?? 0n,
    proofBefore: before && offence.before ? treeOf(before).proof(offence.indexBefore) : [],
    cumulativeAfter,
    proofAfter: treeOf(after).proof(offence.indexAfter),
    most: offence.most,
  };
}

function findOffence(before: Leaves, after: Leaves): Offence | undefined {
  const mostSince = MOST_AN_EPOCH * (after.epoch - before.epoch);
  const mostEver = MOST_AN_EPOCH * (after.epoch + 1n);
  for (const pair of pairs(before.entries, after.entries)) {
    const most = pair.before ? mostSince : mostEver;
    if (isWrong(pair.before?.cumulative ?? 0n, pair.after.cumulative, most)) return { ...pair, most };
  }
  return undefined;
}

/** Each leaf of `after` with what it was before. Both lists ascend: one walk through both. */
function* pairs(before: readonly LeafEntry[], after: readonly LeafEntry[]): Generator<Omit<Offence, "most">> {
  let indexBefore = 0;
  for (const [indexAfter, entry] of after.entries()) {
    indexBefore = firstNotBefore(entry, before, indexBefore);
    const candidate = before[indexBefore];
    const isSame = candidate !== undefined && compareLeaves(candidate, entry) === 0;
    const isShown = isSame && !looksNew(candidate, before);
    yield { before: isShown ? candidate : undefined, indexBefore, after: entry, indexAfter };
  }
}

/** A leaf of zero that was the whole tree has the proof of a leaf that was not there. */
function looksNew({ cumulative }: LeafEntry, all: readonly LeafEntry[]): boolean {
  return cumulative === 0n && all.length === 1;
}

function firstNotBefore(entry: LeafEntry, known: readonly LeafEntry[], from: number): number {
  let at = from;
  for (let next = known[at]; next && compareLeaves(next, entry) < 0; next = known[at]) at += 1;
  return at;
}

function isWrong(before: bigint, after: bigint, most: bigint): boolean {
  return after < before || after - before > most;
}
