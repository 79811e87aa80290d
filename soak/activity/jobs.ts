import { endOfJob, endOfSeat } from "../../keepers/chain/jobSelectors.js";
import type { JobState } from "../../keepers/chain/jobState.js";
import { addressOf } from "../../keepers/chain/deployment.js";
import { deedId, DeedKind } from "../../keepers/protocol/deedId.js";
import { JOB } from "../../scripts/network/jobs/jobTerms.js";
import { chainTime, mined } from "../../scripts/network/protocol.js";
import { createSession } from "../../sdk/index.js";
import type { World } from "../world/world.js";
import type { Actors } from "./actors.js";
import type { CommitRecord } from "../history.js";

const PORT = 8080;
const SCRIPT = `mkdir -p /srv && echo "$GREETING" > /srv/index.html && exec httpd -f -p ${PORT} -h /srv`;
/** Two, three or four epochs; one node or two. */
const LENGTHS = 3;
const MOST_NODES = 2;
const SEEN_MS = 20_000;

/** A developer pays for a job with the SDK. */
export async function hire(world: World, pick: number): Promise<string> {
  const { cast, protocol, deeployUrl, containers } = world;
  const escrow = addressOf(protocol.deployment, "JobEscrow");
  const session = await createSession({ wallet: cast.developer, endpoints: [deeployUrl], escrow });
  const common = { name: "soak", image: containers.image, secrets: { GREETING: "soaked" } };
  const page = { command: ["sh", "-c", SCRIPT], port: PORT };
  const health = { check: { type: "http", port: PORT, path: "/" }, everySeconds: 1 } as const;
  const app = session.createContainerApp({
    ...(containers.kind === "docker" ? { ...common, ...page, health } : common),
    ...{ class: JOB.className, nodes: 1 + (pick % MOST_NODES), epochs: JOB.epochs + (pick % LENGTHS) },
  });
  const { jobId } = await app.deploy({ until: "created", pollMs: 250, timeoutMs: SEEN_MS });
  return `job ${jobId}`;
}

/** The epoch of the newest block. */
export async function epochNow({ protocol, terms }: World): Promise<bigint> {
  const time = await chainTime(protocol.provider);
  return BigInt(Math.max(0, Math.floor((time - terms.genesis) / terms.duration)));
}

/** Jobs that can still be changed. */
export async function openJobs(world: World, { follower }: Actors): Promise<JobState[]> {
  const now = await epochNow(world);
  return jobsOf(follower).filter((job) => {
    const end = endOfJob(job);
    return job.epochs > 0 && (end === undefined || end > now + 1n);
  });
}

export function jobsOf(follower: Actors["follower"]): JobState[] {
  return [...follower.view.state.jobs.values()].sort((a, b) => (a.jobId < b.jobId ? -1 : 1));
}

/** By an epoch. */
export async function extend({ protocol, cast }: World, { jobId, rate, nodes }: JobState): Promise<void> {
  const { r1, jobEscrow } = protocol.contracts;
  await mined(r1.connect(cast.developer).approve(jobEscrow, rate * BigInt(nodes)));
  await mined(jobEscrow.connect(cast.developer).extend(jobId, 1));
}

export async function close({ protocol, cast }: World, { jobId }: JobState): Promise<void> {
  await mined(protocol.contracts.jobEscrow.connect(cast.developer).close(jobId));
}

/** Anybody sends the owner what is left over. */
export async function refund({ protocol, cast }: World, { jobId }: JobState): Promise<bigint> {
  const escrow = protocol.contracts.jobEscrow.connect(cast.passerBy);
  const amount = await escrow.refundable(jobId);
  if (amount > 0n) await mined(escrow.refund(jobId));
  return amount;
}

/** Whether the root of that epoch can settle something of the job. */
export function isDue(job: JobState, epoch: bigint): boolean {
  return job.seats.some((seat) => seat.unsettledFrom < endOfSeat(job, seat) && endOfSeat(job, seat) <= epoch + 1n);
}

export function isSettled(job: JobState): boolean {
  return job.seats.every((seat) => seat.unsettledFrom >= endOfSeat(job, seat));
}

/** Anybody settles everything of the job that the root proves, with one proof. */
export async function settle(world: World, { api }: Actors, job: JobState, commit: CommitRecord): Promise<void> {
  const { protocol, cast } = world;
  const epoch = BigInt(commit.epoch);
  const due = job.seats.filter(
    (seat) => seat.unsettledFrom < endOfSeat(job, seat) && endOfSeat(job, seat) <= epoch + 1n,
  );
  const deeds = [...new Set(due.map(({ tokenId }) => deedId(DeedKind.NODE, BigInt(tokenId))))];
  const { tokenIds, cumulatives, proof, proofFlags } = await api.serviceMultiproof(epoch, job.jobId, deeds);
  const escrow = protocol.contracts.jobEscrow.connect(cast.passerBy);
  await mined(escrow.settleMany(job.jobId, epoch, [...tokenIds], [...cumulatives], [...proof], [...proofFlags]));
}
