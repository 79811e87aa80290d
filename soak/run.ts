import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Clock } from "../keepers/core/clock.js";
import type { Lifecycle } from "../keepers/core/lifecycle.js";
import { createLogger } from "../keepers/core/logger.js";
import { CryptoRandom } from "../keepers/core/random.js";
import { makeFollower } from "../scripts/network/broker.js";
import { OracleApi } from "../scripts/network/oracleApi.js";
import type { Actors } from "./activity/actors.js";
import { settleUp } from "./activity/ending.js";
import { openForOperators } from "./activity/market.js";
import { live } from "./activity/people.js";
import { readCommits } from "./collect/commits.js";
import { readHistory } from "./collect/history.js";
import { storm } from "./faults/storm.js";
import type { SoakOptions } from "./options.js";
import { planOf } from "./plan.js";
import { reportOf, type SoakReport } from "./report.js";
import { isWell, judge } from "./verdict/verdict.js";
import { nodeName, oracleName, openWorld, type World } from "./world/world.js";

export interface RunDependencies {
  readonly clock: Clock;
  readonly lifecycle: Lifecycle;
  readonly tell: (line: string) => void;
}

export interface RunResult {
  readonly report: SoakReport;
  readonly isWell: boolean;
  /** Logs and data. */
  readonly world: World;
}

const FOLLOWED_EPOCHS = 3;

/** The whole run: set up, disturb, heal, settle, judge. */
export async function run(options: SoakOptions, dependencies: RunDependencies): Promise<RunResult> {
  const { clock, lifecycle, tell } = dependencies;
  const random = new CryptoRandom();
  const logger = createLogger({ name: "soak", level: "silent" }, { clock });
  const world = await openWorld(options.nodes, { ...dependencies, random, logger });
  const { terms, signal } = world;
  const { protocol } = world;
  const follower = makeFollower(FOLLOWED_EPOCHS * terms.duration, { protocol, clock, random, logger });
  lifecycle.onClose("follower", () => follower.close());
  await follower.start();
  const actors: Actors = { follower, api: new OracleApi(world.oracleUrls, { clock, signal }), churn: undefined };
  // The first one that begins with everything at work.
  const first = await untilNextEpoch(world);
  tell(`everything is at work; epoch ${first} is the first that is judged`);
  const plan = planOf(planOptions(options, world));
  await writeFile(join(world.folder, "plan.json"), JSON.stringify(plan, undefined, 1));
  const stopWatching = watchCommits(world, tell);
  await openForOperators(world, actors);
  tell(`${options.nodes + 1} operators have a deed and a node; faults begin with the next epoch`);
  await untilNextEpoch(world);
  const [, deeds] = await Promise.all([
    storm(world, plan.faults, { tell }),
    live(world, actors, plan.activities, { tell }),
  ]);
  tell("faults are over; the network heals");
  const ending = await settleUp(world, actors, tell);
  stopWatching();
  const history = await readHistory(world, ending, first);
  const verdict = judge(history);
  const { journal, containers } = world;
  const facts = {
    ...{ seed: options.seed, minutes: options.minutes, containers: containers.kind },
    faultsByKind: journal.counts,
    ...{ activities: deeds.done, activitiesRefused: deeds.refused.length },
    endedByThemselves: journal.endings,
  };
  const report = reportOf(history, verdict, facts);
  await writeFile(join(world.folder, "history.json"), JSON.stringify(history, inText, 1));
  await writeFile(
    join(world.folder, "report.json"),
    JSON.stringify({ ...report, refused: deeds.refused }, undefined, 1),
  );
  return { report, isWell: isWell(verdict), world };
}

function planOptions({ seed, minutes, nodes }: SoakOptions, { terms, licences, disks }: World) {
  // The last one is never disturbed, and neither is the Master deed's.
  const disturbed = Array.from({ length: nodes - 1 }, (_, index) => nodeName(index + 1));
  const oracles = licences.oracles.map((_, index) => oracleName(index));
  const hasDisks = disks.size > 0;
  return {
    ...{ seed, minutes, epochMs: terms.duration * 1_000, oracles, nodes: [...disturbed, "node-genesis"] },
    disks: hasDisks ? [...oracles, ...disturbed] : [],
  };
}

/** Resolves with the number of an epoch when it begins. */
async function untilNextEpoch({ clock, terms, signal }: World): Promise<number> {
  const now = clock.now() / 1_000;
  const first = Math.max(0, Math.ceil((now - terms.genesis) / terms.duration));
  await clock.sleep(Math.max(0, (terms.genesis + first * terms.duration) * 1_000 - clock.now()), signal);
  return first;
}

const WATCH_MS = 1_000;

/** Tells of every commit. Gives a function that ends this. */
function watchCommits(world: World, tell: (line: string) => void): () => void {
  const { clock, journal } = world;
  let cancel = (): void => undefined;
  let isOver = false;
  let told = 0;
  const look = async (): Promise<void> => {
    const commits = await readCommits(world).catch(() => []);
    for (const { epoch } of commits.slice(told)) tell(`epoch ${epoch} is committed; ${journal.faults} faults so far`);
    told = Math.max(told, commits.length);
    if (!isOver) cancel = clock.schedule(WATCH_MS, () => void look());
  };
  void look();
  return () => {
    isOver = true;
    cancel();
  };
}

function inText(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Map) return Object.fromEntries(value as Map<string, unknown>);
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}
