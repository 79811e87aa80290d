import type { ChainEvent } from "../../chain/chainEvent.js";
import type { ChainFollower } from "../../chain/chainFollower.js";
import { endOfSeat, isOver } from "../../chain/jobSelectors.js";
import type { JobState } from "../../chain/jobState.js";
import type { ProtocolState } from "../../chain/protocolState.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import { DeedKind, deedId } from "../../protocol/deedId.js";
import type { EpochClock } from "../../protocol/epochClock.js";
import type { CatalogClass, Job, JobEvent, JobsView } from "../views.js";

export interface FollowedJobsDependencies {
  readonly follower: Pick<ChainFollower, "view" | "subscribe">;
  readonly epochClock: Pick<EpochClock, "epochAt">;
}

/** The jobs as a chain follower has read them. */
export class FollowedJobs implements JobsView {
  readonly #dependencies: FollowedJobsDependencies;

  constructor(dependencies: FollowedJobsDependencies) {
    this.#dependencies = dependencies;
  }

  get epoch(): bigint {
    const { follower, epochClock } = this.#dependencies;
    return epochClock.epochAt(follower.view.block.timestamp);
  }

  get classes(): readonly CatalogClass[] {
    const entries = [...this.#state.classes].sort(([a], [b]) => a - b);
    return entries.map(([classId, each]) => ({ classId, ...each }));
  }

  job(jobId: bigint): Job | undefined {
    const job = this.#state.jobs.get(jobId);
    return job && describe(job, this.epoch);
  }

  jobsOf(owner: Address): readonly Job[] {
    const { epoch } = this;
    const jobs = [...this.#state.jobs.values()].filter((job) => job.owner === owner);
    return jobs.sort((a, b) => (a.jobId < b.jobId ? -1 : 1)).map((job) => describe(job, epoch));
  }

  needsSpec(specHash: Hash): boolean {
    const { epoch } = this;
    return [...this.#state.jobs.values()].some((job) => job.specHash === specHash && !isOver(job, epoch));
  }

  nodeOf(tokenId: number): Address | undefined {
    return this.#state.links.get(deedId(DeedKind.NODE, BigInt(tokenId)))?.node;
  }

  onEvent(jobId: bigint, listener: (event: JobEvent) => void): () => void {
    return this.#dependencies.follower.subscribe((notification) => {
      const event = notification.type === "event" ? eventOf(notification.event) : undefined;
      if (event?.jobId === jobId) listener(event);
    });
  }

  get #state(): ProtocolState {
    return this.#dependencies.follower.view.state;
  }
}

function describe(job: JobState, epoch: bigint): Job {
  const { jobId, owner, specHash, classId, gpu, nodes, epochs, start, rate, deposit, sequence } = job;
  const terms = { jobId, owner, specHash, classId, gpu, nodes, epochs, rate, deposit, sequence };
  const seats = job.seats.filter((seat) => epoch < endOfSeat(job, seat));
  return { ...terms, start: start === 0n ? undefined : start, isOver: isOver(job, epoch), seats };
}

function eventOf(event: ChainEvent): JobEvent | undefined {
  if (!("jobId" in event)) return undefined;
  const {
    type,
    jobId,
    timestamp,
    blockNumber,
    transactionHash,
    blockHash: _block,
    logIndex: _index,
    ...fields
  } = event;
  const details = { blockNumber, transactionHash, ...fields };
  return { type, jobId, at: timestamp * 1_000, details: plain(details) };
}

/** Amounts and epochs as decimal digits: JSON's own numbers lose some. */
function plain(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(details);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "bigint" ? value.toString() : value]),
  );
}
