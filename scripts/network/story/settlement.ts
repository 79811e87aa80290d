import { endOfJob, endOfSeat } from "../../../keepers/chain/jobSelectors.js";
import type { JobSeat, JobState } from "../../../keepers/chain/jobState.js";
import { KeeperError } from "../../../keepers/core/errors.js";
import { formatDeed } from "../../../keepers/protocol/deedId.js";
import { r1, short } from "../amounts.js";
import { payFor, type ServicePay } from "../jobs/jobLaw.js";
import { mined } from "../protocol.js";
import { type EpochRecord, until, type World } from "../world.js";
import { deedOf } from "./serving.js";

const SEEN_LIMIT_MS = 10_000;
/** Of amounts that are small. */
const DECIMALS = 4;

/**
 * Somebody without any role settles every job that is over and not settled yet, with one proof each, and sends its owner the
 * rest.
 * @throws KeeperError `SETTLEMENT_WRONG` when not exactly what the law says was paid, burned and given back
 */
export async function settleEverything(world: World, record: EpochRecord): Promise<void> {
  for (const job of world.follower.view.state.jobs.values()) {
    if (isDue(job, record.commit.epoch)) await settle(world, job, record);
  }
}

function isDue(job: JobState, epoch: bigint): boolean {
  const end = endOfJob(job);
  return end !== undefined && end <= epoch + 1n && job.seats.some((seat) => seat.unsettledFrom < endOfSeat(job, seat));
}

async function settle(world: World, job: JobState, { commit }: EpochRecord): Promise<void> {
  const { protocol, api, cast, narrator, follower } = world;
  const { jobEscrow, r1: token } = protocol.contracts;
  const { jobId, owner } = job;
  narrator.chapter(`The term of job ${jobId} is over`);
  const proof = await api.serviceMultiproof(commit.epoch, jobId, job.seats.map(deedOf));
  const escrow = jobEscrow.connect(cast.passerBy);
  const [tokenIds, cumulatives] = [[...proof.tokenIds], [...proof.cumulatives]];
  const receipt = await mined(
    escrow.settleMany(jobId, commit.epoch, tokenIds, cumulatives, [...proof.proof], [...proof.proofFlags]),
  );
  const count = job.seats.length;
  narrator.tell(
    `a passer-by settles ${count} assignments with one proof, ${receipt.gasUsed.toLocaleString("en")} gas:`,
  );
  for (const seat of job.seats) tellSeat(world, job, seat);
  const before = await token.balanceOf(owner);
  await mined(escrow.refund(jobId));
  const given = (await token.balanceOf(owner)) - before;
  narrator.tell(`the rest, ${r1(given, DECIMALS)}, goes back to ${short(owner)}`);
  const seen = () => follower.view.state.jobs.get(jobId) as JobState;
  await until(world, "the settlement is seen", SEEN_LIMIT_MS, () => seen().refunded > job.refunded || given === 0n);
  checkJob(world, seen());
}

function tellSeat(world: World, job: JobState, seat: JobSeat): void {
  const { paid, burned, penalty } = payOf(world, job, seat);
  const served = world.jobs.servedBy(seat.assignment);
  const most = 255n * (endOfSeat(job, seat) - seat.from);
  const fine = penalty === 0n ? "" : `, ${r1(penalty, DECIMALS)} withheld for less than 98 %`;
  world.narrator.tell(
    `  ${formatDeed(deedOf(seat))} served ${served} of ${most}: ${r1(paid, DECIMALS)} to its owner, ${r1(burned, DECIMALS)} burned${fine}`,
  );
}

/** By the story's own arithmetic. */
function payOf({ jobs }: Pick<World, "jobs">, job: JobState, seat: JobSeat): ServicePay {
  return payFor(job.rate, jobs.servedBy(seat.assignment), endOfSeat(job, seat) - seat.from);
}

/** What a job that is over has to come to, by the story's own arithmetic: nothing stays behind. */
export function expectedOfJob(
  world: Pick<World, "jobs">,
  job: JobState,
): Pick<JobState, "paid" | "burned" | "refunded"> {
  const pays = job.seats.map((seat) => payOf(world, job, seat));
  const paid = pays.reduce((sum, pay) => sum + pay.paid, 0n);
  const burned = pays.reduce((sum, pay) => sum + pay.burned, 0n);
  return { paid, burned, refunded: job.deposit - paid - burned };
}

function checkJob(world: Pick<World, "jobs">, job: JobState): void {
  const expected = expectedOfJob(world, job);
  for (const what of ["paid", "burned", "refunded"] as const) {
    if (job[what] === expected[what]) continue;
    const message = `job ${job.jobId} has ${what} ${job[what]} wei, but the law says ${expected[what]} wei`;
    throw new KeeperError("SETTLEMENT_WRONG", message);
  }
}
