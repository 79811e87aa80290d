import { balanceOfJob, departed, endOf, refundable, rightsOf, taken } from "../model/jobs.js";
import { heldOf } from "../model/settlement.js";
import type { Job, State } from "../model/state.js";
import { type View, view } from "./view.js";

export function jobViews(state: State): View[] {
  return [
    view("escrow", "jobCount", [], state.jobs.length),
    ...state.jobs.flatMap((job, index) => viewsOf(state, index + 1, job)),
    ...tokensOf(state.jobs).map((token) => view("escrow", "heldOf", [token], heldOf(state, token))),
    ...[...state.delegations.keys()].map((key) => {
      const [owner, delegate] = key.split(">") as [string, string];
      return view("escrow", "rightsOf", [owner, delegate], rightsOf(state, owner, delegate));
    }),
  ];
}

function viewsOf(state: State, jobId: number, job: Job): View[] {
  const { owner, specHash, classId, gpu, nodes, epochs, start, sequence, rate } = job;
  const active = taken(job);
  const facts = { owner, specHash, class: classId, gpu, nodes, epochs, start: start ?? 0, sequence, rate };
  return [
    view("escrow", "jobOf", [jobId], { ...facts, active: active.length, balance: balanceOfJob(job) }),
    view("escrow", "refundable", [jobId], refundable(state, job)),
    ...tokensOf([job]).map((token) => view("escrow", "serviceOf", [jobId, token], serviceOf(job, token))),
  ];
}

/** Of a deed that has a place, that place; else the last one that it left. */
function serviceOf(job: Job, token: number) {
  const stint = taken(job).find((each) => each.token === token);
  if (stint) return { from: stint.from, to: endOf(job), settled: stint.settled, isActive: true };
  const left = departed(job, token);
  const never = { from: job.start ?? 0, to: job.start ?? 0, settled: 0n };
  const { from, to, settled } = left ?? never;
  return { from, to, settled, isActive: false };
}

function tokensOf(jobs: readonly Job[]): number[] {
  return [...new Set(jobs.flatMap(({ stints }) => stints.map(({ token }) => token)))];
}
