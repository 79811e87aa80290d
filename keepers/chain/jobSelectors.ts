import type { Hash } from "../protocol/bytes.js";
import { DeedKind, deedId } from "../protocol/deedId.js";
import type { Seat } from "../protocol/subjects.js";
import type { JobSeat, JobState } from "./jobState.js";
import type { ProtocolState } from "./protocolState.js";

type Jobs = Pick<ProtocolState, "jobs">;

/** First epoch that nobody is paid for any more; undefined for a job that waits for its first assignment. */
export function endOfJob({ start, epochs }: JobState): bigint | undefined {
  return start === 0n && epochs > 0 ? undefined : start + BigInt(epochs);
}

/** First epoch that a seat is not paid for any more. */
export function endOfSeat(job: JobState, { to }: JobSeat): bigint {
  const end = job.start + BigInt(job.epochs);
  return to !== undefined && to < end ? to : end;
}

/** Whether a job is over in an epoch: closed, or at its end. */
export function isOver(job: JobState, epoch: bigint): boolean {
  const end = endOfJob(job);
  return end !== undefined && epoch >= end;
}

/** Who is paid for an epoch, strictly ascending by job and token id: one service byte each in the oracles' reports. */
export function seatsAt({ jobs }: Jobs, epoch: bigint): Seat[] {
  const seats: Seat[] = [];
  for (const job of jobs.values()) {
    for (const seat of job.seats) {
      if (epoch < seat.from || epoch >= endOfSeat(job, seat)) continue;
      const deed = deedId(DeedKind.NODE, BigInt(seat.tokenId));
      seats.push({ jobId: job.jobId, deed, assignment: seat.assignment });
    }
  }
  return seats.sort(compareSeats);
}

/**
 * Assignments that nobody will ever have to prove again: their job is over in `epoch`, and the escrow has settled all that they
 * are paid for.
 */
export function spentServices({ jobs }: Jobs, epoch: bigint): Set<Hash> {
  const spent = new Set<Hash>();
  for (const job of jobs.values()) {
    if (!isOver(job, epoch)) continue;
    for (const seat of job.seats) if (isSettled(job, seat)) spent.add(seat.assignment);
    // Who served twice has one leaf for both.
    for (const seat of job.seats) if (!isSettled(job, seat)) spent.delete(seat.assignment);
  }
  return spent;
}

/** Seats that are paid for an epoch or will be for a later one, in no order. */
export function liveSeats({ jobs }: Jobs, epoch: bigint): Seat[] {
  const seats: Seat[] = [];
  for (const job of jobs.values()) {
    for (const seat of job.seats) {
      if (epoch >= endOfSeat(job, seat)) continue;
      seats.push({ jobId: job.jobId, deed: deedId(DeedKind.NODE, BigInt(seat.tokenId)), assignment: seat.assignment });
    }
  }
  return seats;
}

/** Places of a job that an assignment can still fill in the running `epoch`; none when it would be paid for no epoch. */
export function openPlaces({ jobs }: Jobs, jobId: bigint, epoch: bigint): number {
  const job = jobs.get(jobId);
  if (job === undefined || isOver(job, epoch) || isOver(job, epoch + 1n)) return 0;
  return job.nodes - job.seats.filter(({ to }) => to === undefined).length;
}

/**
 * The jobs that a Node Deed's node is to run in the running `epoch`, ascending: from the block that assigned it on, though it
 * is paid from the next epoch, and to the end of the last epoch that is paid.
 */
export function jobsOf({ jobs }: Jobs, tokenId: number, epoch: bigint): JobState[] {
  const isRunBy = (job: JobState): boolean =>
    job.seats.some((seat) => seat.tokenId === tokenId && epoch < endOfSeat(job, seat));
  return [...jobs.values()].filter(isRunBy).sort((a, b) => (a.jobId < b.jobId ? -1 : 1));
}

function isSettled(job: JobState, seat: JobSeat): boolean {
  return seat.unsettledFrom >= endOfSeat(job, seat);
}

function compareSeats(a: Seat, b: Seat): number {
  if (a.jobId !== b.jobId) return a.jobId < b.jobId ? -1 : 1;
  return a.deed < b.deed ? -1 : 1;
}
