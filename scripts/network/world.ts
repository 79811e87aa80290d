import type { ChainFollower } from "../../keepers/chain/chainFollower.js";
import type { Commit } from "../../keepers/chain/protocolState.js";
import type { Clock } from "../../keepers/core/clock.js";
import { KeeperError } from "../../keepers/core/errors.js";
import type { EpochClock } from "../../keepers/protocol/epochClock.js";
import type { LeafFile } from "../../keepers/protocol/leafFile.js";
import type { Cast } from "./accounts.js";
import type { ContainerHost } from "./containers/types.js";
import type { DeedBook } from "./deedBook.js";
import type { Fleet } from "./fleet.js";
import type { JobBook } from "./jobs/jobBook.js";
import type { Narrator } from "./narrator.js";
import type { OracleApi } from "./oracleApi.js";
import type { NetworkOptions } from "./options.js";
import type { Protocol } from "./protocol.js";
import type { Schedules } from "./schedules.js";

/** A committed epoch, its leaves checked. */
export interface EpochRecord {
  readonly commit: Commit;
  readonly file: LeafFile;
}

/** What the chapters of the story act on. */
export interface World {
  readonly options: NetworkOptions;
  readonly protocol: Protocol;
  readonly schedules: Schedules;
  readonly cast: Cast;
  readonly epochClock: EpochClock;
  /** How long a committed root can be disproved before it can be claimed against, seconds. */
  readonly activationDelay: number;
  /** Has started. */
  readonly follower: ChainFollower;
  readonly fleet: Fleet;
  readonly api: OracleApi;
  readonly deeds: DeedBook;
  readonly jobs: JobBook;
  readonly containers: ContainerHost;
  readonly narrator: Narrator;
  readonly clock: Clock;
  /** Aborts when the network closes. */
  readonly signal: AbortSignal;
}

const LOOK_MS = 100;

/**
 * Waits for the world to get there.
 * @throws KeeperError `STORY_STUCK` that says what did not happen in time
 */
export async function until(
  { clock, signal }: Pick<World, "clock" | "signal">,
  what: string,
  limitMs: number,
  condition: () => boolean,
): Promise<void> {
  const end = clock.now() + limitMs;
  while (!condition()) {
    if (clock.now() > end)
      throw new KeeperError("STORY_STUCK", `after ${Math.round(limitMs / 1000)} s still not: ${what}`);
    await clock.sleep(LOOK_MS, signal);
  }
}

/** The commits after that epoch, oldest first. */
export function commitsAfter(follower: ChainFollower, epoch: bigint): Commit[] {
  const commits: Commit[] = [];
  let commit = follower.view.state.lastCommit;
  for (; commit && commit.epoch > epoch; commit = commit.previous) commits.unshift(commit);
  return commits;
}

/** Seconds since 1970, with fractions. */
export function seconds(clock: Pick<Clock, "now">): number {
  return clock.now() / 1_000;
}
