import { describeError } from "../../keepers/core/errors.js";
import { stillServing } from "../collect/serving.js";
import type { CommitRecord } from "../history.js";
import type { World } from "../world/world.js";
import type { Actors } from "./actors.js";
import { claimAll, lastActive } from "./claims.js";
import { close, isDue, isSettled, jobsOf, openJobs, refund, settle } from "./jobs.js";

/** Epochs for the network to heal, for the last jobs to end and for the roots that settle them. */
const PATIENCE_EPOCHS = 8;
const LOOK_MS = 1_000;
const CONTAINERS_MS = 60_000;

/** How it ended. */
export interface Ending {
  /** The root against which everything was claimed; undefined: there is none. */
  readonly root: CommitRecord | undefined;
  /** What did not go through to the last. */
  readonly refusals: readonly string[];
  readonly containers: readonly string[];
}

/** Nothing fails any more: every job is closed, settled and refunded, and everything is claimed. */
export async function settleUp(world: World, actors: Actors, tell: (line: string) => void): Promise<Ending> {
  const { clock, signal, terms } = world;
  const end = clock.now() + PATIENCE_EPOCHS * terms.duration * 1_000;
  const healedFrom = clock.now() + 2 * terms.duration * 1_000;
  let refusals: string[];
  let root: CommitRecord | undefined;
  for (;;) {
    root = await lastActive(world);
    refusals = root === undefined ? ["no epoch was committed"] : await settleOnce(world, actors, root);
    const jobs = jobsOf(actors.follower);
    const isHealed =
      root !== undefined &&
      clock.now() > healedFrom &&
      ended(world, root) * 1_000 > healedFrom - terms.duration * 1_000;
    if (isHealed && refusals.length === 0 && jobs.every((job) => isSettled(job) && isEmpty(job))) break;
    if (clock.now() > end) break;
    await clock.sleep(LOOK_MS, signal);
  }
  tell("jobs are settled and refunded; everything is claimed");
  return { root, refusals, containers: await leftOver(world) };
}

/** Unix second at which the root's epoch was over. */
function ended({ terms: { genesis, duration } }: World, { epoch }: CommitRecord): number {
  return genesis + (epoch + 1) * duration;
}

/** Wei that the job still has. */
function isEmpty({ deposit, paid, burned, refunded }: ReturnType<typeof jobsOf>[number]): boolean {
  return deposit === paid + burned + refunded;
}

async function settleOnce(world: World, actors: Actors, root: CommitRecord): Promise<string[]> {
  const refusals: string[] = [];
  const attempt = async (what: string, act: () => Promise<unknown>): Promise<void> => {
    await act().catch((error: unknown) => {
      world.signal.throwIfAborted();
      refusals.push(`${what} does not go: ${describeError(error)}`);
    });
  };
  for (const job of await openJobs(world, actors)) await attempt(`closing job ${job.jobId}`, () => close(world, job));
  for (const job of jobsOf(actors.follower)) {
    if (isDue(job, BigInt(root.epoch)))
      await attempt(`settling job ${job.jobId}`, () => settle(world, actors, job, root));
    if (!isEmpty(job)) await attempt(`refunding job ${job.jobId}`, () => refund(world, job));
  }
  await attempt(`claiming against epoch ${root.epoch}`, () => claimAll(world, actors, root));
  return refusals;
}

/** Containers by the daemon's list, and what nodes say; a moment is theirs to clean up. */
async function leftOver(world: World): Promise<readonly string[]> {
  const { containers, clock, signal } = world;
  const end = clock.now() + CONTAINERS_MS;
  for (;;) {
    const left = [...((await containers.list()) ?? []), ...(await stillServing(world))];
    if (left.length === 0 || clock.now() > end) return left;
    await clock.sleep(LOOK_MS, signal);
  }
}
