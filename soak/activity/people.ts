import { describeError } from "../../keepers/core/errors.js";
import { mined } from "../../scripts/network/protocol.js";
import { associate } from "../../scripts/network/story/association.js";
import type { Activity } from "../plan.js";
import type { World } from "../world/world.js";
import type { Actors } from "./actors.js";
import { claimAll, lastActive } from "./claims.js";
import { close, extend, hire, isDue, jobsOf, openJobs, refund, settle } from "./jobs.js";
import { CHURN } from "./market.js";

/** A refused node asks an oracle again after this time at the latest. */
const REFUSED_MS = 60_000;

/** What people did, by kind, and how often they could not: an oracle or Deeploy was away. */
export interface Deeds {
  readonly done: Map<string, number>;
  readonly refused: string[];
}

/** Carries the plan out, one after the other, as far as there is something to do it to. */
export async function live(
  world: World,
  actors: Actors,
  activities: readonly Activity[],
  { tell }: { readonly tell: (line: string) => void },
): Promise<Deeds> {
  const { clock, signal } = world;
  const began = clock.now();
  const deeds: Deeds = { done: new Map(), refused: [] };
  for (const { at, kind, pick } of activities) {
    await clock.sleep(Math.max(0, began + at - clock.now()), signal);
    try {
      const what = await ACTS[kind](world, actors, pick);
      if (what === undefined) continue;
      deeds.done.set(kind, (deeds.done.get(kind) ?? 0) + 1);
      tell(`${kind}: ${what}`);
    } catch (error) {
      signal.throwIfAborted();
      deeds.refused.push(`${kind}: ${describeError(error)}`);
      tell(`${kind} did not go: ${describeError(error).slice(0, 160)}`);
    }
  }
  return deeds;
}

/** Undefined: there is nothing to do it to. */
type Act = (world: World, actors: Actors, pick: number) => Promise<string | undefined>;

const ACTS: Readonly<Record<Activity["kind"], Act>> = {
  hire: (world, _actors, pick) => hire(world, pick),
  extend: async (world, actors, pick) => {
    const job = choose(await openJobs(world, actors), pick);
    if (job) await extend(world, job);
    return job && `job ${job.jobId}`;
  },
  close: async (world, actors, pick) => {
    const job = choose(await openJobs(world, actors), pick);
    if (job) await close(world, job);
    return job && `job ${job.jobId}`;
  },
  refund: async (world, { follower }, pick) => {
    const job = choose(jobsOf(follower), pick);
    const amount = job && (await refund(world, job));
    return amount ? `${amount} wei of job ${job.jobId}` : undefined;
  },
  settle: async (world, actors, pick) => {
    const root = await lastActive(world);
    if (root === undefined) return undefined;
    const due = jobsOf(actors.follower).filter((job) => isDue(job, BigInt(root.epoch)));
    const job = choose(due, pick);
    if (job) await settle(world, actors, job, root);
    return job && `job ${job.jobId} by the root of epoch ${root.epoch}`;
  },
  claim: async (world, actors) => {
    const root = await lastActive(world);
    const count = root ? await claimAll(world, actors, root) : 0;
    return count > 0 ? `${count} deeds` : undefined;
  },
  dissociate: async (world, { churn }) => {
    const { nodeRegistry } = world.protocol.contracts;
    if (churn === undefined || BigInt(await nodeRegistry.nodeOf(churn.deed)) === 0n) return undefined;
    world.journal.add({
      target: CHURN,
      kind: "dissociated",
      from: world.clock.now(),
      to: world.clock.now() + REFUSED_MS,
    });
    await mined(nodeRegistry.connect(churn.owner).dissociate(churn.deed));
    return CHURN;
  },
  associate: async (world, { churn }) => {
    const { nodeRegistry } = world.protocol.contracts;
    if (churn === undefined || BigInt(await nodeRegistry.nodeOf(churn.deed)) !== 0n) return undefined;
    world.journal.add({
      target: CHURN,
      kind: "associated",
      from: world.clock.now(),
      to: world.clock.now() + REFUSED_MS,
    });
    await associate({ protocol: world.protocol, deeds: { add: () => undefined } }, churn.deed, churn.owner, churn.node);
    return CHURN;
  },
};

function choose<T>(items: readonly T[], pick: number): T | undefined {
  return items[pick % Math.max(1, items.length)];
}
