import type { DeedTerms, EpochRecord, History, LeafRecord } from "../history.js";
import { epochSpan } from "./availability.js";

const AVAILABILITY = 1;
const ZERO_ROOT = `0x${"0".repeat(64)}`;

/** What a committed epoch added to a deed's leaf. */
export interface Credited {
  readonly deed: DeedTerms;
  readonly epoch: number;
  readonly bytes: number;
  /** It is the lower median of the reports, or they were not all heard. */
  readonly isMedian: boolean;
}

/** The leaf files one after the other: what each added to each deed, and whatever is not as a leaf file has to be. */
export function creditedBytes(history: History): { credits: Credited[]; problems: string[] } {
  const credits: Credited[] = [];
  const problems: string[] = [];
  let sums: ReadonlyMap<bigint, bigint> = new Map();
  let root: string = ZERO_ROOT;
  for (const record of history.epochs) {
    const { epoch, previousRoot } = record.commit;
    if (previousRoot !== root)
      problems.push(`epoch ${epoch} builds on ${previousRoot}, and the root before is ${root}`);
    root = record.commit.root;
    if (record.leaves === undefined) {
      problems.push(`no oracle serves the leaf file of epoch ${epoch}`);
      continue;
    }
    if (record.computedRoot !== root)
      problems.push(`the leaves of epoch ${epoch} come to ${record.computedRoot}, and ${root} was committed`);
    const next = sumsOf(record.leaves);
    for (const deed of unknownDeeds(history, next)) problems.push(`epoch ${epoch} credits ${deed}, which nobody has`);
    credits.push(...history.deeds.map((deed) => creditOf(history, record, deed, { before: sums, after: next })));
    sums = next;
  }
  return { credits, problems };
}

/** Deed → cumulative bytes of the last file. */
export function lastSums(history: Pick<History, "epochs">): ReadonlyMap<bigint, bigint> {
  return sumsOf(history.epochs.at(-1)?.leaves ?? []);
}

function sumsOf(leaves: readonly LeafRecord[]): Map<bigint, bigint> {
  return new Map(leaves.filter(({ kind }) => kind === AVAILABILITY).map(({ id, cumulative }) => [id, cumulative]));
}

function unknownDeeds({ deeds }: History, sums: ReadonlyMap<bigint, bigint>): bigint[] {
  const known = new Set(deeds.map(({ deed }) => deed));
  return [...sums.keys()].filter((deed) => !known.has(deed));
}

interface Sums {
  readonly before: ReadonlyMap<bigint, bigint>;
  readonly after: ReadonlyMap<bigint, bigint>;
}

function creditOf(history: History, record: EpochRecord, deed: DeedTerms, { before, after }: Sums): Credited {
  const { epoch } = record.commit;
  const bytes = Number((after.get(deed.deed) ?? 0n) - (before.get(deed.deed) ?? 0n));
  const median = epoch < deed.start ? 0 : medianOf(history, record, deed.deed);
  return { deed, epoch, bytes, isMedian: median === undefined || median === bytes };
}

/** Undefined when the reports were not all heard. */
function medianOf(history: History, { commit, reports }: EpochRecord, deed: bigint): number | undefined {
  if (reports === undefined) return undefined;
  const link = linksAt(history, epochSpan(history, commit.epoch).to).indexOf(deed);
  if (link < 0) return 0;
  const bytes = reports.map((report) => report.bytes[link] ?? 0).sort((a, b) => a - b);
  return bytes[Math.floor((bytes.length - 1) / 2)];
}

/** Deeds with a node at that moment, ascending. Milliseconds since 1970. */
function linksAt({ associations }: History, at: number): bigint[] {
  const linked = associations.filter(({ from, to }) => from < at && (to === undefined || to >= at));
  return linked.map(({ deed }) => deed).sort((a, b) => (a < b ? -1 : 1));
}
