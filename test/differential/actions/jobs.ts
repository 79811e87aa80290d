import { id, MaxUint256, ZeroHash } from "ethers";

import {
  acceptDelegation,
  assign,
  assignmentDigest,
  changeSpec,
  close,
  create,
  createWithPermit,
  departed,
  extend,
  isOver,
  offerDelegation,
  refund,
  type Request,
  scaleDown,
  scaleUp,
  taken,
} from "../model/jobs.js";
import { deedId } from "../model/merkle.js";
import { isServing } from "../model/nodes.js";
import { NODE } from "../model/deeds.js";
import { currentEpoch, type Job, pair, type State } from "../model/state.js";
import { type Action, compact, type Context, type Step } from "../walk/context.js";
import { signByQuorum } from "./epochs.js";
import { signPermit } from "./token.js";

const MOST_JOBS = 14;

export const JOB_ACTIONS: readonly Action[] = [
  { name: "create", weight: 7, draw: drawCreate, isUrgent: (state) => openJobs(state).length < FEWEST_JOBS },
  { name: "createWithPermit", weight: 3, draw: drawCreateWithPermit },
  { name: "extend", weight: 4, draw: drawExtend },
  { name: "scaleUp", weight: 4, draw: drawScaleUp },
  { name: "scaleDown", weight: 5, draw: drawScaleDown },
  { name: "changeSpec", weight: 4, draw: drawChangeSpec },
  { name: "close", weight: 2, draw: drawClose },
  { name: "refund", weight: 4, draw: drawRefund },
  { name: "offerDelegation", weight: 3, draw: drawOffer },
  { name: "acceptDelegation", weight: 3, draw: drawAccept },
  { name: "assign", weight: 18, draw: drawAssign, isUrgent: (state) => openJobs(state).some(hasRoom) },
];

const FEWEST_JOBS = 3;

function openJobs(state: State): Job[] {
  return state.jobs.filter((job) => !isOver(state, job));
}

function hasRoom(job: Job): boolean {
  return taken(job).length < job.nodes;
}

function drawCreate(context: Context): Step | undefined {
  if (context.state.jobs.length >= MOST_JOBS) return undefined;
  const sender = context.actor();
  const request = drawRequest(context);
  return escrow(sender, "create", [request], (state) => create(state, sender, request));
}

function drawCreateWithPermit(context: Context): Step | undefined {
  const { state } = context;
  if (state.jobs.length >= MOST_JOBS) return undefined;
  const sender = context.actor();
  const request = drawRequest(context);
  const { maxDeposit: value, deadline } = request;
  const spender = state.setting.addresses["escrow"]!;
  const signature = signPermit(context, { owner: sender, spender, value, deadline });
  const { v, r, s } = signature;
  return escrow(sender, "createWithPermit", [request, v, r, s], (after) =>
    createWithPermit(after, sender, request, signature),
  );
}

function drawRequest(context: Context): Request {
  const { random, state } = context;
  const term = state.setting.jobTerm;
  const listed = [...state.classes]
    .filter(([, { isOffered, isGpu }]) => isOffered && !isGpu)
    .map(([classId]) => classId);
  return {
    specHash: random.once(30) ? ZeroHash : id("specification"),
    class: random.once(30) ? random.pick([0, 101, 7_777]) : random.pick(listed),
    gpu: random.once(4) ? random.pick([101, 104, 104, 1]) : 0,
    nodes: random.once(30) ? random.pick([0, 65, 64]) : 1 + random.below(5),
    epochs: random.once(30) ? random.pick([0, term - 1, 3_650, 3_651]) : term + random.below(9),
    maxDeposit: random.once(30) ? 10n : MaxUint256 - 1n,
    deadline: context.deadline(),
  };
}

function drawExtend(context: Context): Step {
  const [jobId, job] = drawJob(context);
  const sender = drawSender(context, job);
  const epochs = context.random.once(15) ? 3_650 : context.random.below(5);
  return escrow(sender, "extend", [jobId, epochs], (state) => extend(state, sender, jobId, epochs));
}

function drawScaleUp(context: Context): Step {
  const [jobId, job] = drawJob(context);
  const sender = drawSender(context, job);
  const more = context.random.once(15) ? 64 : context.random.below(4);
  return escrow(sender, "scaleUp", [jobId, more], (state) => scaleUp(state, sender, jobId, more));
}

function drawScaleDown(context: Context): Step {
  const { random } = context;
  const [jobId, job] = drawJob(context);
  const sender = drawSender(context, job);
  const fewer = random.once(6) ? random.below(4) : 1;
  const serving = job ? taken(job).map(({ token }) => token) : [];
  const fitting = Math.max(0, serving.length - ((job?.nodes ?? 0) - fewer));
  const leaving = random.once(4) ? random.some(serving) : serving.slice(0, fitting);
  if (random.once(20)) leaving.push(1 + random.below(9));
  return escrow(sender, "scaleDown", [jobId, fewer, leaving], (state) =>
    scaleDown(state, sender, jobId, fewer, leaving),
  );
}

function drawChangeSpec(context: Context): Step {
  const { random } = context;
  const [jobId, job] = drawJob(context);
  const sender = drawSender(context, job);
  const specHash = random.once(5) ? ZeroHash : id(`specification ${random.below(99)}`);
  return escrow(sender, "changeSpec", [jobId, specHash], (state) => changeSpec(state, sender, jobId, specHash));
}

function drawClose(context: Context): Step {
  const [jobId, job] = drawJob(context);
  const sender = drawSender(context, job);
  return escrow(sender, "close", [jobId], (state) => close(state, sender, jobId));
}

function drawRefund(context: Context): Step {
  const [jobId] = drawJob(context);
  return escrow(context.actor(), "refund", [jobId], (state) => refund(state, jobId));
}

function drawOffer(context: Context): Step {
  const [sender, delegate, rights] = [context.actor(), context.actor(), context.random.below(64)];
  return escrow(sender, "offerDelegation", [delegate, rights], (state) =>
    offerDelegation(state, sender, delegate, rights),
  );
}

function drawAccept(context: Context): Step {
  const { random, state, cast } = context;
  const pairs = cast.actors.flatMap((owner) => cast.actors.map((delegate) => [owner, delegate] as const));
  const offers = pairs.filter(([owner, delegate]) => state.delegations.has(pair(owner, delegate)));
  const [owner, sender] = random.mostly(offers, pairs);
  const offered = state.delegations.get(pair(owner, sender))?.offered ?? 0;
  const rights = random.once(4) ? random.below(64) : offered & random.below(64);
  return escrow(sender, "acceptDelegation", [owner, rights], (after) => acceptDelegation(after, sender, owner, rights));
}

// ---------------------------------------------------------------- oracles

function drawAssign(context: Context): Step {
  const { random, state } = context;
  const [jobId, job] = drawJob(context);
  const assignment = {
    jobId,
    sequence: Math.max(0, (job?.sequence ?? 0) + random.pick(random.once(12) ? [-1, 1] : [0])),
    ...drawChange(context, job),
    deadline: context.deadline(),
  };
  const signatures = signByQuorum(context, assignmentDigest(state, assignment));
  return escrow(context.actor(), "assign", [assignment, signatures.map(compact)], (after) =>
    assign(after, assignment, signatures),
  );
}

/** Deeds that fit, mostly; those of the first actors' that serve elsewhere too. */
function drawChange({ random, state }: Context, job: Job | undefined) {
  const serving = job ? taken(job).map(({ token }) => token) : [];
  const leaving = random.once(3) ? random.some(serving) : [];
  const free = (job?.nodes ?? 0) - serving.length + leaving.length;
  const tokens = [...state.links.keys()].filter((deed) => deed >> 248n === NODE).map((deed) => Number(deed & 0xffffn));
  const able = tokens.filter(
    (token) => !serving.includes(token) && isServing(state, deedId(NODE, token)) && isSettled(job, token),
  );
  const joining = random.once(8) ? [...random.some(tokens), ...leaving] : random.some(able).slice(0, free);
  return { leaving: random.once(25) ? [...leaving, 9_999] : leaving, joining };
}

function isSettled(job: Job | undefined, token: number): boolean {
  const stint = job && departed(job, token);
  return stint === undefined || stint.from === stint.to;
}

// ---------------------------------------------------------------- whose job

/** Mostly one that is not over; at times one that there is not. */
export function drawJob({ random, state }: Context): [number, Job | undefined] {
  const open = openJobs(state);
  if (random.once(15) || state.jobs.length === 0) return [state.jobs.length + 1, undefined];
  const ending = open.filter((job) => job.start !== undefined && currentEpoch(state) + 2 >= job.start + job.epochs);
  const job = random.mostly(random.once(4) && ending.length > 0 ? ending : open, state.jobs);
  return [state.jobs.indexOf(job) + 1, job];
}

/** Mostly the owner or a delegate. */
function drawSender(context: Context, job: Job | undefined): string {
  const { random, state, cast } = context;
  if (job === undefined) return context.actor();
  const delegates = cast.actors.filter((actor) => (state.delegations.get(pair(job.owner, actor))?.accepted ?? 0) !== 0);
  return random.mostly([job.owner, job.owner, ...delegates], cast.actors);
}

export function escrow(sender: string, call: string, args: readonly unknown[], model: Step["model"]): Step {
  return { sender, contract: "escrow", call, args, model };
}
