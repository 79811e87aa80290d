/** What deeds are paid for jobs they served. */
import { ZeroHash } from "ethers";

import { NODE } from "./deeds.js";
import { departed, endOf, jobAt, taken } from "./jobs.js";
import { activeRootOf } from "./ledger.js";
import { deedId, type Leaf, multiProvenRoot, provenRoot, SERVICE, serviceId } from "./merkle.js";
import { isBanned, payeeOf } from "./operators.js";
import { refuseIf } from "./refusal.js";
import type { Job, State, Stint } from "./state.js";
import { burn, transfer } from "./token.js";

const FULL = 255n;
/** What is settled of a sum is kept in 32 bits. */
const MOST_SETTLED = 2n ** 32n - 1n;

/** What is paid later, when all of a batch is worked out. */
interface Payment {
  readonly token: number;
  readonly payee: string;
  readonly isHeld: boolean;
  readonly amount: bigint;
}

export function settle(
  state: State,
  jobId: number,
  token: number,
  epoch: number,
  cumulative: bigint,
  proof: readonly string[],
): void {
  const root = activeRootOf(state, epoch);
  refuseIf(root === ZeroHash, "JobEscrow_NoRoot");
  refuseIf(provenRoot(leafOf(jobId, token, cumulative), proof) !== root, "JobEscrow_InvalidProof");
  const job = startedJob(state, jobId);
  refuseIf(dueOf(state, job, token, epoch) === undefined, "JobEscrow_NothingDue");
  settleAll(state, job, epoch, [[token, cumulative]]);
}

/** Whatever is not due is passed over. */
export function settleMany(
  state: State,
  jobId: number,
  epoch: number,
  tokens: readonly number[],
  cumulatives: readonly bigint[],
  proof: readonly string[],
  flags: readonly boolean[],
): void {
  const isWhole = tokens.length > 0 && tokens.length === cumulatives.length;
  refuseIf(!isWhole, "JobEscrow_LengthMismatch");
  const leaves = tokens.map((token, i) => leafOf(jobId, token, cumulatives[i]!));
  const proven = multiProvenRoot(leaves, proof, flags);
  refuseIf(proven === undefined, "MerkleProofInvalidMultiproof");
  const root = activeRootOf(state, epoch);
  refuseIf(root === ZeroHash, "JobEscrow_NoRoot");
  refuseIf(proven !== root, "JobEscrow_InvalidProof");
  const job = startedJob(state, jobId);
  settleAll(
    state,
    job,
    epoch,
    tokens.map((token, i) => [token, cumulatives[i]!] as const),
  );
}

export function payHeld(state: State, token: number): void {
  const amount = heldOf(state, token);
  refuseIf(amount === 0n, "JobEscrow_NothingHeld");
  refuseIf(isHeldBack(state, token), "JobEscrow_StillBanned");
  state.held.delete(token);
  transfer(state, state.setting.addresses["escrow"]!, payeeOf(state, ownerOf(state, token)), amount);
}

export function heldOf({ held }: State, token: number): bigint {
  return held.get(token) ?? 0n;
}

function settleAll(state: State, job: Job, epoch: number, proven: readonly (readonly [number, bigint])[]): void {
  const escrow = state.setting.addresses["escrow"]!;
  const payments: Payment[] = [];
  let burned = 0n;
  for (const [token, cumulative] of proven) {
    const due = dueOf(state, job, token, epoch);
    if (due === undefined) continue;
    const parts = settleStint(job, due, cumulative);
    burned += parts.burned;
    const payee = payeeOf(state, ownerOf(state, token));
    payments.push({ token, payee, isHeld: isHeldBack(state, token), amount: parts.paid });
  }
  burn(state, escrow, burned);
  for (const payment of payments) pay(state, escrow, payment);
}

function pay(state: State, escrow: string, { token, payee, isHeld, amount }: Payment): void {
  if (amount === 0n) return;
  if (isHeld) state.held.set(token, heldOf(state, token) + amount);
  else transfer(state, escrow, payee, amount);
}

/** Writes down that a stint is settled up to `to`. Wei, each part rounded as `docs/protocol.md` says. */
function settleStint(
  job: Job,
  { stint, to }: Due,
  cumulative: bigint,
): { readonly paid: bigint; readonly burned: bigint } {
  const most = FULL * BigInt(to - stint.from);
  const fresh = cumulative > stint.settled ? cumulative - stint.settled : 0n;
  const bytes = fresh < most ? fresh : most;
  const gross = (job.rate * bytes) / FULL;
  const isAgreed = 100n * bytes >= 98n * most;
  const penalty = isAgreed ? 0n : (gross + 9n) / 10n;
  const paid = (85n * (gross - penalty)) / 100n;
  const burned = gross - penalty - paid;

  job.paid += paid;
  job.burned += burned;
  stint.from = to;
  const settled = cumulative > stint.settled ? cumulative : stint.settled;
  stint.settled = settled < MOST_SETTLED ? settled : MOST_SETTLED;
  if (stint.to === undefined && to === endOf(job)) stint.isOver = true;
  return { paid, burned };
}

/** Whether a root of `epoch` settles something for a deed. */
export function isDue(state: State, jobId: number, token: number, epoch: number): boolean {
  return dueOf(state, jobAt(state, jobId), token, epoch) !== undefined;
}

interface Due {
  readonly stint: Stint;
  /** First epoch that is not settled with it. */
  readonly to: number;
}

/** What a root of `epoch` settles for a deed: all that is left of what is over, or whole terms of what goes on. */
function dueOf({ setting }: State, job: Job, token: number, epoch: number): Due | undefined {
  const covered = epoch + 1;
  const serving = taken(job).find((stint) => stint.token === token);
  if (serving === undefined) {
    const left = departed(job, token);
    return left && left.from !== left.to && covered >= left.to! ? { stint: left, to: left.to! } : undefined;
  }
  if (covered >= endOf(job)) return { stint: serving, to: endOf(job) };
  return covered - serving.from >= setting.jobTerm ? { stint: serving, to: covered } : undefined;
}

function startedJob(state: State, jobId: number): Job {
  const job = jobAt(state, jobId);
  refuseIf(job.start === undefined, "JobEscrow_NotStarted");
  return job;
}

function leafOf(jobId: number, token: number, cumulative: bigint): Leaf {
  return { kind: SERVICE, id: serviceId(jobId, token), cumulative };
}

function ownerOf(state: State, token: number): string {
  return state.deeds.get(deedId(NODE, token))!.owner;
}

function isHeldBack(state: State, token: number): boolean {
  return state.deeds.get(deedId(NODE, token))!.banned || isBanned(state, ownerOf(state, token));
}
