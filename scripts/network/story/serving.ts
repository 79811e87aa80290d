import { endOfSeat } from "../../../keepers/chain/jobSelectors.js";
import type { JobSeat } from "../../../keepers/chain/jobState.js";
import { describeError, KeeperError } from "../../../keepers/core/errors.js";
import { type DeedId, deedId, DeedKind, formatDeed, parseDeedId } from "../../../keepers/protocol/deedId.js";
import { seconds, until, type World } from "../world.js";
import type { Hired } from "./hiring.js";

/** An assignment has to come within so many epochs. */
const PATIENCE_EPOCHS = 2;
const ANSWER_LIMIT_MS = 45_000;
const PAUSE_MS = 250;

/** Those who serve the job now, ascending by deed. */
export function servers({ follower }: Pick<World, "follower">, jobId: bigint): JobSeat[] {
  const seats = follower.view.state.jobs.get(jobId)?.seats ?? [];
  return seats.filter(({ to }) => to === undefined).sort((a, b) => a.tokenId - b.tokenId);
}

/** Resolves when the oracles have assigned all of the job's nodes. Gives their deeds. */
export async function assigned(world: World, { jobId }: Hired): Promise<DeedId[]> {
  const { narrator, follower, epochClock } = world;
  const limitMs = PATIENCE_EPOCHS * epochClock.duration * 1_000;
  const wanted = follower.view.state.jobs.get(jobId)?.nodes ?? 0;
  await until(world, `job ${jobId} assigned`, limitMs, () => servers(world, jobId).length === wanted);
  const { start, epochs } = follower.view.state.jobs.get(jobId) ?? { start: 0n, epochs: 0 };
  const deeds = servers(world, jobId).map(deedOf);
  narrator.tell(`a quorum of oracles gives job ${jobId} to ${deeds.map(formatDeed).join(" and ")}, in one transaction`);
  narrator.tell(`it is paid from epoch ${start} on, and until epoch ${start + BigInt(epochs) - 1n} is over`);
  return deeds;
}

/** Asks whoever serves the job for its page, until each has answered once. */
export async function visitAll(world: World, hired: Hired): Promise<void> {
  if (world.containers.kind === "none") return;
  const silent = servers(world, hired.jobId).filter(({ assignment }) => world.jobs.outputOf(assignment) === undefined);
  await Promise.all(silent.map((seat) => visit(world, hired, seat)));
}

/** Resolves when somebody else has taken the place of a deed. */
export async function replaced(world: World, { jobId }: Hired, gone: DeedId): Promise<void> {
  const { narrator, follower, clock, epochClock } = world;
  const began = clock.now();
  const before = new Set(servers(world, jobId).map(({ tokenId }) => tokenId));
  const { tokenId } = parseDeedId(gone);
  const wanted = before.size;
  await until(world, `job ${jobId} moved`, epochClock.duration * 1_000, () => {
    const now = servers(world, jobId);
    return now.length === wanted && now.every((seat) => BigInt(seat.tokenId) !== tokenId);
  });
  const job = follower.view.state.jobs.get(jobId);
  const [next] = servers(world, jobId).filter((seat) => !before.has(seat.tokenId));
  if (job === undefined || next === undefined) return;
  const after = Math.round((clock.now() - began) / 1_000);
  narrator.tell(
    `${after} s later the oracles have moved the job to ${formatDeed(deedOf(next))}, which is paid from epoch ${next.from} on`,
  );
  const left = job.seats.find((seat) => BigInt(seat.tokenId) === tokenId);
  if (left)
    narrator.tell(`${formatDeed(gone)} is paid for what it served until epoch ${endOfSeat(job, left) - 1n} is over`);
}

export function deedOf({ tokenId }: Pick<JobSeat, "tokenId">): DeedId {
  return deedId(DeedKind.NODE, BigInt(tokenId));
}

async function visit(world: World, hired: Hired, seat: JobSeat): Promise<void> {
  const { clock, signal, narrator, jobs } = world;
  const end = clock.now() + ANSWER_LIMIT_MS;
  for (;;) {
    try {
      const { url, text } = await ask(hired, seat, signal);
      jobs.addOutput(seat.assignment, text);
      narrator.tell(`${formatDeed(deedOf(seat))} at ${url} answers: ${text.trim()}`);
      return;
    } catch (error) {
      signal.throwIfAborted();
      const what = `${formatDeed(deedOf(seat))} does not answer for job ${hired.jobId}: ${describeError(error)}`;
      if (clock.now() > end) throw new KeeperError("STORY_STUCK", what);
      await clock.sleep(PAUSE_MS, signal);
    }
  }
}

/** Through the gateway of the node, as Deeploy tells where that is. */
async function ask({ app }: Hired, { tokenId }: JobSeat, signal: AbortSignal): Promise<{ url: string; text: string }> {
  const { seats } = await app.status();
  const url = seats.find((seat) => seat.tokenId === tokenId)?.endpoint;
  if (url === undefined) throw new KeeperError("NO_ENDPOINT", "its gateway is not known yet");
  const response = await fetch(url, { signal });
  if (response.ok) return { url, text: await response.text() };
  throw new KeeperError("NO_ANSWER", `status ${response.status}`);
}

/** Until a second since 1970. */
export async function sleepUntil({ clock, signal }: Pick<World, "clock" | "signal">, second: number): Promise<void> {
  await clock.sleep(Math.max(0, second * 1_000 - clock.now()), signal);
}

/** First second of the next epoch. */
export function nextEpoch({ epochClock, clock }: Pick<World, "epochClock" | "clock">): number {
  return epochClock.end(epochClock.epochAt(seconds(clock)));
}
