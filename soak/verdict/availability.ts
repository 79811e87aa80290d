import type { Association, Disturbance, History, Span } from "../history.js";

/** Within a slot, so much time without any trouble has to suffice to be heard. Milliseconds. */
const WINDOW_MS = 5_000;
/** After a trouble: to connect again, with the pauses between attempts, which grow with the trouble's length. */
const LEAST_GRACE_MS = 3_000;
const MOST_GRACE_MS = 16_000;
/** From the end of an epoch on: seals and reports have to come within this time, or the epoch may be skipped. */
const REPORTING_MS = 10_000;
/** A heartbeat that waited in the broker, or in a paused oracle, counts when it is read. */
const LATE_MS = 16_000;
export const FULL = 255;
const QUORUM = 3;
/** What concerns everybody. */
const SHARED = new Set(["broker", "machine"]);

/** Milliseconds since 1970. */
export function epochSpan({ terms: { genesis, duration } }: Pick<History, "terms">, epoch: number): Span {
  const from = (genesis + epoch * duration) * 1_000;
  return { from, to: from + duration * 1_000 };
}

/** The time in which a trouble can be felt. */
export function felt({ from, to }: Span): Span {
  return { from, to: to + Math.min(MOST_GRACE_MS, Math.max(LEAST_GRACE_MS, to - from + 2_000)) };
}

/**
 * Whether the epoch has to be committed: a quorum of oracles had, in each slot, enough quiet time to be heard themselves, and
 * no trouble while they reported.
 */
export function mustCommit(history: History, epoch: number): boolean {
  const span = epochSpan(history, epoch);
  const reporting = { from: span.to - 1_000, to: span.to + REPORTING_MS };
  const able = history.oracles.filter((oracle) => {
    const troubles = troublesOf(history, [oracle]);
    return quietSlots(history, span, troubles) === slotsOf(history) && !troubles.some(overlaps(reporting));
  });
  return able.length >= QUORUM;
}

/**
 * Bytes that the deed must at least be credited in a committed epoch. The second lowest report counts, so that it cannot be
 * lower than the lowest of all oracles but one: the slots count in which the node and those other oracles had quiet time
 * together, whichever one oracle is left out.
 */
export function owedBytes(history: History, deed: bigint, epoch: number): number {
  const span = epochSpan(history, epoch);
  const held = associationIn(history.associations, deed, span);
  if (held === undefined || held.to !== undefined) return 0;
  const before = { from: span.from, to: Math.max(span.from, held.from) };
  const counted = history.oracles.map((excused) => {
    const others = history.oracles.filter((oracle) => oracle !== excused && oracle !== held.keeper);
    const troubles = troublesOf(history, [...others, held.keeper]);
    return quietSlots(history, span, held.from > span.from ? [...troubles, before] : troubles);
  });
  return bytesOf(history, Math.max(...counted));
}

/** Bytes that the deed can at most be credited: slots in which its node ran and was associated, or a moment before. */
export function possibleBytes(history: History, deed: bigint, epoch: number): number {
  const span = epochSpan(history, epoch);
  const held = history.associations.filter((each) => each.deed === deed);
  const dead = history.disturbances.filter(({ kind }) => kind === "kill");
  const slots = slotSpans(history, span).filter((slot) =>
    held.some(({ keeper, from, to }) => {
      const alive = { from: Math.max(from, slot.from), to: Math.min(to ?? Infinity, slot.to) };
      if (alive.to <= alive.from) return false;
      const gone = dead.filter(({ target }) => target === keeper);
      return !gone.some((each) => each.from + LATE_MS <= alive.from && each.to >= alive.to);
    }),
  );
  return bytesOf(history, slots.length);
}

/** The last association of the deed that began before the span's end, unless it ended before the span. */
function associationIn(associations: readonly Association[], deed: bigint, span: Span): Association | undefined {
  const begun = associations.filter((each) => each.deed === deed && each.from < span.to);
  const last = begun.at(-1);
  if (last === undefined) return undefined;
  return last.to === undefined || last.to > span.to + LATE_MS ? { ...last, to: undefined } : last;
}

function troublesOf({ disturbances }: History, targets: readonly string[]): Span[] {
  const harms = ({ target, kind }: Disturbance): boolean =>
    SHARED.has(target) || (targets.includes(target) && !isHarmless(target, kind));
  return disturbances.filter(harms).map(felt);
}

/**
 * A node that cannot reach the chain goes on beating for minutes, and one that cannot write goes on for good. Neither may cost
 * its owner anything.
 */
function isHarmless(target: string, kind: string): boolean {
  return target.startsWith("node-") && (kind === "rpc" || kind === "disk");
}

function quietSlots(history: History, span: Span, troubles: readonly Span[]): number {
  return slotSpans(history, span).filter((slot) => longestQuiet(slot, troubles) >= WINDOW_MS).length;
}

/** Longest part of the span without any of the troubles. */
function longestQuiet(span: Span, troubles: readonly Span[]): number {
  const within = troubles.filter(overlaps(span)).sort((a, b) => a.from - b.from);
  let [longest, from] = [0, span.from];
  for (const trouble of within) {
    longest = Math.max(longest, trouble.from - from);
    from = Math.max(from, trouble.to);
  }
  return Math.max(longest, span.to - from);
}

function slotSpans({ terms: { slotSeconds } }: Pick<History, "terms">, { from, to }: Span): Span[] {
  const length = slotSeconds * 1_000;
  const count = Math.round((to - from) / length);
  return Array.from({ length: count }, (_, slot) => ({ from: from + slot * length, to: from + (slot + 1) * length }));
}

function slotsOf({ terms: { duration, slotSeconds } }: Pick<History, "terms">): number {
  return duration / slotSeconds;
}

function bytesOf(history: Pick<History, "terms">, slots: number): number {
  return Math.floor((slots * FULL) / slotsOf(history));
}

function overlaps(span: Span): (other: Span) => boolean {
  return ({ from, to }) => from < span.to && to > span.from;
}
