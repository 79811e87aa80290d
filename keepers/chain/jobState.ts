import type { Address, Hash } from "../protocol/bytes.js";
import { DeedKind, deedId } from "../protocol/deedId.js";
import { serviceId } from "../protocol/serviceId.js";
import type { ChainEvent } from "./chainEvent.js";

/** A Node Deed in a place of a job. Epochs are those of the network. */
export interface JobSeat {
  readonly tokenId: number;
  /** `serviceId` of job and deed. */
  readonly assignment: Hash;
  /** First epoch that is paid. */
  readonly from: bigint;
  /** First epoch that is not paid any more, the job's end apart; undefined for a deed that was not taken out of its place. */
  readonly to: bigint | undefined;
  /** First epoch that is not settled yet. */
  readonly unsettledFrom: bigint;
}

/** A job as the escrow has it. Amounts in wei. */
export interface JobState {
  readonly jobId: bigint;
  readonly owner: Address;
  readonly specHash: Hash;
  readonly classId: number;
  /** Add-on of the catalog; zero for none. */
  readonly gpu: number;
  /** Places. */
  readonly nodes: number;
  /** Length in epochs; zero for a job that was closed before it began. */
  readonly epochs: number;
  /** First epoch that is paid; zero before the first assignment. */
  readonly start: bigint;
  /** Per epoch and node. */
  readonly rate: bigint;
  /** Number of assignments so far. */
  readonly sequence: number;
  /** In the order in which they joined, those that left too, but for who left before it was paid for an epoch. */
  readonly seats: readonly JobSeat[];
  /** All that was paid in, and what became of it; what is left is still in the job. */
  readonly deposit: bigint;
  readonly paid: bigint;
  readonly burned: bigint;
  readonly refunded: bigint;
}

/** A class of the catalog as a job may ask for it. */
export interface ResourceClass {
  readonly name: string;
  /** US dollars per epoch and node, with 8 decimals. */
  readonly price: bigint;
  readonly milliCpu: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  /** An add-on to another class, and no class by itself. */
  readonly isGpu: boolean;
  readonly isOffered: boolean;
}

type JobEventType =
  | "JobCreated"
  | "SpecChanged"
  | "JobExtended"
  | "JobScaled"
  | "JobClosed"
  | "NodesAssigned"
  | "NodesReleased"
  | "Settled"
  | "Refunded";
type EventOf<Type extends ChainEvent["type"]> = Extract<ChainEvent, { type: Type }>;
/** What happens to one job. */
export type JobEvent = EventOf<JobEventType>;
type Changes = {
  readonly [Type in Exclude<JobEventType, "JobCreated">]: (job: JobState, event: EventOf<Type>) => Partial<JobState>;
};

const changes: Changes = {
  SpecChanged: (_, { specHash }) => ({ specHash }),
  JobExtended: ({ deposit }, event) => ({ epochs: event.epochs, deposit: deposit + event.deposit }),
  JobScaled: ({ deposit }, event) => ({ nodes: event.nodes, deposit: deposit + event.deposit }),
  JobClosed: ({ start }, { end }) => ({ epochs: Number(end - start) }),
  NodesAssigned(job, { sequence, leaving, joining, from }) {
    const joined = joining.map((tokenId) => newSeat(job.jobId, tokenId, from));
    const start = job.start === 0n ? from : job.start;
    return { start, sequence: sequence + 1, seats: [...leave(job.seats, leaving, from), ...joined] };
  },
  NodesReleased: ({ seats }, { leaving, to }) => ({ seats: leave(seats, leaving, to) }),
  Settled({ seats, paid, burned }, event) {
    // Who joins again had everything settled before: only a deed's last seat can be meant.
    const settled = seats.findLastIndex(({ tokenId }) => tokenId === event.tokenId);
    return {
      seats: seats.map((seat, index) =>
        index === settled ? { ...seat, unsettledFrom: seat.unsettledFrom + event.epochs } : seat,
      ),
      paid: paid + event.paid,
      burned: burned + event.burned,
    };
  },
  Refunded: ({ refunded }, { amount }) => ({ refunded: refunded + amount }),
};

/** The job after one more event; undefined for one that was not created. */
export function changeJob(job: JobState | undefined, event: JobEvent): JobState | undefined {
  if (event.type === "JobCreated") return newJob(event);
  if (job === undefined) return undefined;
  const change = changes[event.type] as (job: JobState, event: JobEvent) => Partial<JobState>;
  return { ...job, ...change(job, event) };
}

function newJob({
  jobId,
  owner,
  specHash,
  classId,
  gpu,
  nodes,
  epochs,
  rate,
  deposit,
}: EventOf<"JobCreated">): JobState {
  const terms = { jobId, owner, specHash, classId, gpu, nodes, epochs, rate };
  return { ...terms, start: 0n, sequence: 0, seats: [], deposit, paid: 0n, burned: 0n, refunded: 0n };
}

function newSeat(jobId: bigint, tokenId: number, from: bigint): JobSeat {
  const assignment = serviceId(jobId, deedId(DeedKind.NODE, BigInt(tokenId)));
  return { tokenId, assignment, from, to: undefined, unsettledFrom: from };
}

/** Who left before an epoch that is paid has nothing to prove, and no seat. */
function leave(seats: readonly JobSeat[], leaving: readonly number[], to: bigint): JobSeat[] {
  return seats.flatMap((seat) => {
    if (seat.to !== undefined || !leaving.includes(seat.tokenId)) return [seat];
    return seat.from < to ? [{ ...seat, to }] : [];
  });
}
