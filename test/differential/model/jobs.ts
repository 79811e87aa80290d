/** Jobs: their deposits, places and lengths, changed by owners, delegates and oracles. Epochs are the network's. */
import { type SignatureLike, TypedDataEncoder, ZeroHash } from "ethers";

import { deedId } from "./merkle.js";
import { isServing } from "./nodes.js";
import { verify } from "./oracles.js";
import { rateOf } from "./prices.js";
import { NODE } from "./deeds.js";
import { Refused, refuseIf } from "./refusal.js";
import { currentEpoch, type Job, pair, type State, type Stint, whenNotPaused } from "./state.js";
import { transfer, transferFrom, tryPermit } from "./token.js";

export const RIGHT = { extend: 1, scale: 2, close: 4, spec: 8 } as const;
const MOST_NODES = 64;
const MOST_EPOCHS = 3_650;
const MOST_RATE = 2n ** 80n - 1n;

const ASSIGNMENT = {
  Assignment: [
    { name: "jobId", type: "uint256" },
    { name: "sequence", type: "uint16" },
    { name: "leaving", type: "uint16[]" },
    { name: "joining", type: "uint16[]" },
    { name: "deadline", type: "uint64" },
  ],
};

export interface Request {
  readonly specHash: string;
  readonly class: number;
  readonly gpu: number;
  readonly nodes: number;
  readonly epochs: number;
  readonly maxDeposit: bigint;
  readonly deadline: number;
}

export interface Assignment {
  readonly jobId: number;
  readonly sequence: number;
  readonly leaving: readonly number[];
  readonly joining: readonly number[];
  readonly deadline: number;
}

// ---------------------------------------------------------------- what a job is

/** Numbers count from 1. */
export function jobAt({ jobs }: State, jobId: number): Job {
  const found = jobs[jobId - 1];
  if (found === undefined) throw new Refused("JobEscrow_NoJob");
  return found;
}

export function endOf({ start, epochs }: Job): number {
  return (start ?? 0) + epochs;
}

/** Stints that hold a place. */
export function taken({ stints }: Job): Stint[] {
  return stints.filter(({ to, isOver }) => to === undefined && !isOver);
}

/** The last stint of a deed that was taken out of its place. */
export function departed({ stints }: Job, token: number): Stint | undefined {
  return stints.findLast((stint) => stint.token === token && stint.to !== undefined);
}

/** Nothing of it can be changed any more. */
export function isOver(state: State, job: Job): boolean {
  return job.epochs === 0 || (job.start !== undefined && currentEpoch(state) >= endOf(job));
}

export function balanceOfJob({ deposited, paid, burned, refunded }: Job): bigint {
  return deposited - paid - burned - refunded;
}

/** Wei that no assignment can earn any more. */
export function refundable(state: State, job: Job): bigint {
  let owed = epochsToCome(state, job) * (job.nodes - taken(job).length);
  for (const { from, to, isOver } of job.stints) {
    if (!isOver) for (let epoch = from; epoch < (to ?? endOf(job)); epoch++) owed++;
  }
  return balanceOfJob(job) - job.rate * BigInt(owed);
}

/** Epochs of the job after the running one; all of them while it waits. */
function epochsToCome(state: State, job: Job): number {
  if (job.start === undefined) return job.epochs;
  return Math.max(0, endOf(job) - Math.max(job.start, currentEpoch(state) + 1));
}

/** The first epoch that an owner who gives notice now does not pay. */
function noticeOf(state: State, job: Job): number {
  return Math.min(currentEpoch(state) + 2, endOf(job));
}

// ---------------------------------------------------------------- owners

export function create(state: State, sender: string, request: Request): void {
  const { specHash, nodes, epochs, maxDeposit, deadline } = request;
  whenNotPaused(state, "escrow");
  refuseIf(state.now > deadline, "JobEscrow_Expired");
  refuseIf(specHash === ZeroHash, "JobEscrow_NoSpec");
  refuseIf(nodes < 1 || nodes > MOST_NODES, "JobEscrow_NodesOutOfRange");
  refuseIf(epochs < state.setting.jobTerm || epochs > MOST_EPOCHS, "JobEscrow_EpochsOutOfRange");
  const rate = rateOf(state, request.class, request.gpu);
  refuseIf(rate > MOST_RATE, "JobEscrow_RateTooHigh");
  refuseIf(rate * BigInt(nodes * epochs) > maxDeposit, "JobEscrow_AboveMaximum");
  const terms = { owner: sender, specHash, classId: request.class, gpu: request.gpu, nodes, epochs, rate };
  const books = { deposited: 0n, paid: 0n, burned: 0n, refunded: 0n, stints: [] };
  state.jobs.push({ ...terms, ...books, start: undefined, sequence: 0 });
  fund(state, sender, state.jobs.at(-1)!, nodes * epochs);
}

export function createWithPermit(state: State, sender: string, request: Request, signature: SignatureLike): void {
  const { maxDeposit: value, deadline } = request;
  tryPermit(state, { owner: sender, spender: state.setting.addresses["escrow"]!, value, deadline }, signature);
  create(state, sender, request);
}

export function extend(state: State, sender: string, jobId: number, epochs: number): void {
  const job = openJob(state, sender, jobId, RIGHT.extend);
  refuseIf(epochs === 0 || job.epochs + epochs > MOST_EPOCHS, "JobEscrow_EpochsOutOfRange");
  job.epochs += epochs;
  fund(state, sender, job, job.nodes * epochs);
}

export function scaleUp(state: State, sender: string, jobId: number, more: number): void {
  const job = openJob(state, sender, jobId, RIGHT.scale);
  const left = epochsToCome(state, job);
  refuseIf(left === 0, "JobEscrow_Over");
  refuseIf(more === 0 || job.nodes + more > MOST_NODES, "JobEscrow_NodesOutOfRange");
  job.nodes += more;
  fund(state, sender, job, more * left);
}

/** Free places first; then those of deeds named, one for one. */
export function scaleDown(
  state: State,
  sender: string,
  jobId: number,
  fewer: number,
  leaving: readonly number[],
): void {
  const job = openJob(state, sender, jobId, RIGHT.scale);
  refuseIf(fewer === 0 || fewer >= job.nodes, "JobEscrow_NodesOutOfRange");
  leave(job, leaving, noticeOf(state, job));
  const nodes = job.nodes - fewer;
  const stay = taken(job).length;
  refuseIf(leaving.length === 0 ? stay > nodes : stay !== nodes, "JobEscrow_WrongLeavers");
  job.nodes = nodes;
}

export function changeSpec(state: State, sender: string, jobId: number, specHash: string): void {
  const job = openJob(state, sender, jobId, RIGHT.spec);
  refuseIf(specHash === ZeroHash, "JobEscrow_NoSpec");
  job.specHash = specHash;
}

export function close(state: State, sender: string, jobId: number): void {
  const job = openJob(state, sender, jobId, RIGHT.close);
  job.epochs = job.start === undefined ? 0 : noticeOf(state, job) - job.start;
  refund(state, jobId);
}

export function refund(state: State, jobId: number): void {
  const job = jobAt(state, jobId);
  const amount = refundable(state, job);
  job.refunded += amount;
  transfer(state, state.setting.addresses["escrow"]!, job.owner, amount);
}

// ---------------------------------------------------------------- delegates

export function rightsOf({ delegations }: State, owner: string, delegate: string): number {
  return delegations.get(pair(owner, delegate))?.accepted ?? 0;
}

export function offerDelegation(state: State, sender: string, delegate: string, rights: number): void {
  const accepted = rightsOf(state, sender, delegate) & rights;
  state.delegations.set(pair(sender, delegate), { offered: rights, accepted });
}

export function acceptDelegation(state: State, sender: string, owner: string, rights: number): void {
  const offered = state.delegations.get(pair(owner, sender))?.offered ?? 0;
  refuseIf((rights & ~offered) !== 0, "JobEscrow_NotOffered");
  state.delegations.set(pair(owner, sender), { offered, accepted: rights });
}

// ---------------------------------------------------------------- oracles

export function assign(state: State, assignment: Assignment, signatures: readonly SignatureLike[]): void {
  const { jobId, sequence, leaving, joining, deadline } = assignment;
  refuseIf(state.now > deadline, "JobEscrow_Expired");
  refuseIf(leaving.length + joining.length === 0, "JobEscrow_NothingAssigned");
  verify(state, assignmentDigest(state, assignment), signatures);
  const job = jobAt(state, jobId);
  refuseIf(epochsToCome(state, job) === 0, "JobEscrow_Over");
  refuseIf(sequence !== job.sequence, "JobEscrow_WrongSequence");
  const next = currentEpoch(state) + 1;
  job.start ??= next;
  job.sequence += 1;
  leave(job, leaving, next);
  refuseIf(joining.length > job.nodes - taken(job).length, "JobEscrow_NoPlace");
  for (const token of joining) join(state, job, token, next);
}

export function assignmentDigest({ setting }: State, assignment: Assignment): string {
  const { chainId, addresses } = setting;
  const domain = { name: "JobEscrow", version: "1", chainId, verifyingContract: addresses["escrow"]! };
  return TypedDataEncoder.hash(domain, ASSIGNMENT, { ...assignment });
}

function join(state: State, job: Job, token: number, from: number): void {
  refuseIf(
    taken(job).some((stint) => stint.token === token),
    "JobEscrow_AlreadyAssigned",
  );
  const before = departed(job, token);
  refuseIf(before !== undefined && before.from !== before.to, "JobEscrow_Unsettled");
  refuseIf(!isServing(state, deedId(NODE, token)), "JobEscrow_NotServing");
  job.stints.push({ token, from, to: undefined, isOver: false, settled: before?.settled ?? 0n });
}

function leave(job: Job, tokens: readonly number[], to: number): void {
  for (const token of tokens) {
    const stint = taken(job).find((each) => each.token === token);
    refuseIf(stint === undefined, "JobEscrow_NotAssigned");
    stint!.to = to;
  }
}

function openJob(state: State, sender: string, jobId: number, right: number): Job {
  const job = jobAt(state, jobId);
  const mayChange = sender === job.owner || (rightsOf(state, job.owner, sender) & right) !== 0;
  refuseIf(!mayChange, "JobEscrow_NotAllowed");
  refuseIf(isOver(state, job), "JobEscrow_Over");
  return job;
}

function fund(state: State, payer: string, job: Job, placeEpochs: number): void {
  const amount = job.rate * BigInt(placeEpochs);
  job.deposited += amount;
  const escrow = state.setting.addresses["escrow"]!;
  transferFrom(state, escrow, payer, escrow, amount);
}
