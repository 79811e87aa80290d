import { availabilityByte, ELIGIBLE_AVAILABILITY } from "../protocol/availability.js";
import type { Address } from "../protocol/bytes.js";
import type { EpochClock } from "../protocol/epochClock.js";
import type { Link } from "../protocol/links.js";
import type { Seat } from "../protocol/subjects.js";
import type { SlotStore } from "../storage/slotStore.js";
import type { ServiceSlots } from "./service/serviceSlots.js";

export interface ScoringDependencies {
  readonly slots: Pick<SlotStore, "count">;
  readonly epochClock: EpochClock;
}

export interface ServiceDependencies {
  readonly services: Pick<ServiceSlots, "served">;
  readonly epochClock: EpochClock;
}

/**
 * What this oracle saw of an epoch: one availability byte per link, in the order of the links (eq. 8), rounded down. The
 * slots of the whole epoch are expected of every link, and a slot counts from the one in which the deed got its node: before
 * that the node had no licence, and was not listened to.
 */
export function availabilityOf(epoch: bigint, links: readonly Link[], dependencies: ScoringDependencies): Uint8Array {
  const { slotsPerEpoch } = dependencies.epochClock;
  return Uint8Array.from(links, (link) => availabilityByte(slotsHeard(epoch, link, dependencies), slotsPerEpoch));
}

/**
 * What this oracle saw of the epoch's seats: one service byte for each, by the same formula. The slots of the whole epoch are
 * expected, and those count in which the deed's node said that all of the job is running, and its endpoint did not fail.
 */
export function serviceOf(
  epoch: bigint,
  seats: readonly Seat[],
  { services, epochClock }: ServiceDependencies,
): Uint8Array {
  const { slotsPerEpoch } = epochClock;
  return Uint8Array.from(seats, ({ assignment }) =>
    availabilityByte(services.served(epoch, assignment), slotsPerEpoch),
  );
}

/** Slots of the epoch in which the link's node was heard for its deed. */
export function slotsHeard(epoch: bigint, link: Link, { slots, epochClock }: ScoringDependencies): number {
  const associatedAt = Number(link.associatedAt);
  if (associatedAt >= epochClock.end(epoch)) return 0;
  const secondsIn = Math.max(0, associatedAt - epochClock.start(epoch));
  return slots.count(epoch, link.node, Math.floor(secondsIn / epochClock.slotSeconds));
}

/**
 * Whether an oracle that saw this may report: its own node must have been there for 98 % of the epoch, else it cannot know how
 * the others did. An oracle without a link of its own may not.
 */
export function isEligible(links: readonly Link[], availability: Uint8Array, oracle: Address): boolean {
  const own = availability[links.findIndex(({ node }) => node === oracle)];
  return own !== undefined && own >= ELIGIBLE_AVAILABILITY;
}
