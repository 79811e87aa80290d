import { ContainerState } from "../../protocol/heartbeat.js";
import type { Inventory, Job, JobsView, Seat, ServiceStates } from "../views.js";

export interface DescribeDependencies {
  readonly jobs: Pick<JobsView, "nodeOf">;
  readonly states: Pick<ServiceStates, "stateOf">;
  readonly inventory: Pick<Inventory, "offerOf">;
}

/** A job as the API tells it. */
export function describeJob(job: Job, dependencies: DescribeDependencies): Record<string, unknown> {
  const { jobId, owner, specHash, classId, gpu, nodes, epochs, start, rate, deposit, sequence } = job;
  const seats = job.seats.map((seat) => describeSeat(job, seat, dependencies));
  return {
    ...{ jobId: Number(jobId), owner, specHash, classId, gpu, nodes, epochs, sequence },
    ...(start === undefined ? {} : { start: Number(start), end: Number(start) + epochs }),
    ...{ rate: rate.toString(), deposit: deposit.toString(), phase: phaseOf(job), seats },
  };
}

/** A state as the API names it: `running`. */
export function stateName(state: ContainerState): string {
  const entry = Object.entries(ContainerState).find(([, value]) => value === state);
  return (entry?.[0] ?? "UNKNOWN").toLowerCase();
}

function phaseOf({ isOver, start }: Job): string {
  if (isOver) return "over";
  return start === undefined ? "waiting" : "assigned";
}

function describeSeat(
  { jobId }: Job,
  { tokenId, assignment, from, to }: Seat,
  { jobs, states, inventory }: DescribeDependencies,
): Record<string, unknown> {
  const node = jobs.nodeOf(tokenId);
  const seat = { tokenId, from: Number(from), ...(to === undefined ? {} : { to: Number(to) }) };
  if (node === undefined) return { ...seat, state: stateName(ContainerState.UNKNOWN) };
  const heard = states.stateOf(node, assignment);
  const endpoint = endpointOf(inventory.offerOf(node)?.gateway, jobId);
  return {
    ...seat,
    node,
    state: stateName(heard?.state ?? ContainerState.UNKNOWN),
    ...(heard === undefined ? {} : { heardAt: Math.floor(heard.heardAt) }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

function endpointOf(gateway: string | undefined, jobId: bigint): string | undefined {
  return gateway === undefined ? undefined : `${gateway.replace(/\/$/u, "")}/jobs/${jobId}/`;
}
