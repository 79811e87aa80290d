import { bytesToHex, ByteWriter, EncodingError, type Hash } from "./bytes.js";
import type { DeedId } from "./deedId.js";
import { type Link, linksHash } from "./links.js";
import { keccak } from "./signing.js";

/** A deed that serves a job in an epoch. */
export interface Seat {
  readonly jobId: bigint;
  readonly deed: DeedId;
  /** `serviceId` of the two. */
  readonly assignment: Hash;
}

/** What an epoch's reports are about: an availability byte for each link and then a service byte for each seat. */
export interface Subjects {
  /** Ascending by deed. */
  readonly links: readonly Link[];
  /** Ascending by job and deed. */
  readonly seats: readonly Seat[];
}

const DOMAIN = "R1/subjects/1";

/** Bytes of a report. */
export function subjectCount({ links, seats }: Subjects): number {
  return links.length + seats.length;
}

/**
 * Shows that two oracles look at the same links and seats.
 * @throws EncodingError unless links and seats are strictly ascending, or when a field is out of range
 */
export function subjectsHash(epoch: bigint, { links, seats }: Subjects): Hash {
  const writer = new ByteWriter().ascii(DOMAIN).bytes32(linksHash(epoch, links)).u32(seats.length);
  let before: Seat | undefined;
  for (const seat of seats) {
    if (before && !comesAfter(seat, before)) {
      throw new EncodingError(`seats: ${nameOf(seat)} does not come after ${nameOf(before)}`);
    }
    writer.bytes32(word(seat.jobId)).bytes32(word(seat.deed));
    before = seat;
  }
  return bytesToHex(keccak(writer.toBytes()));
}

function comesAfter(seat: Seat, before: Seat): boolean {
  return seat.jobId > before.jobId || (seat.jobId === before.jobId && seat.deed > before.deed);
}

function word(value: bigint): Hash {
  return `0x${value.toString(16).padStart(64, "0")}`;
}

function nameOf({ jobId, deed }: Seat): string {
  return `deed ${deed} of job ${jobId}`;
}
