import type { EventBody } from "../keepers/chain/chainEvent.js";
import { type Address, bytesToHex, type Hash } from "../keepers/protocol/bytes.js";
import type { Disproof } from "../keepers/protocol/disproof.js";
import { leafHash } from "../keepers/protocol/leaf.js";
import { MerkleTree } from "../keepers/protocol/merkleTree.js";
import { ZERO_HASH } from "../keepers/protocol/oracleValue.js";
import { recoverCompact } from "../keepers/protocol/signing.js";
import { type EpochReport, epochReportDigest, type SigningDomain } from "../keepers/protocol/typedData.js";

/** Seconds from a commit until nobody can take it back. */
export const ACTIVATION_DELAY = 6;

export interface Committed {
  readonly report: EpochReport;
  /** Unix seconds. */
  readonly at: number;
  readonly signers: readonly Address[];
  readonly previous: Committed | undefined;
}

/** What the contracts store, as far as the oracles' agreement goes. A value: each block has its own. */
export interface LedgerState {
  /** Ascending. */
  readonly oracles: readonly Address[];
  readonly last: Committed | undefined;
  readonly places: readonly Place[];
  /** Jobs that were closed, with the first epoch that is not paid any more. */
  readonly ends: ReadonlyMap<bigint, bigint>;
}

/** A Node Deed that serves a job, or did: it does not come back to that job. */
export interface Place {
  readonly jobId: bigint;
  readonly tokenId: number;
  /** First epoch that is paid, and the first that is not any more, its job's end apart. */
  readonly from: bigint;
  readonly to: bigint | undefined;
  readonly isSettled: boolean;
}

/** What a transaction does to the state, or why it reverts. */
export type Outcome =
  { readonly state: LedgerState; readonly events: readonly EventBody[] } | { readonly revert: string };

export const EMPTY_LEDGER: LedgerState = { oracles: [], last: undefined, places: [], ends: new Map() };

/** More than two thirds, never fewer than three. Written again on purpose: the simulation judges by its own numbers. */
export function ledgerQuorum(size: number): number {
  return Math.max(Math.floor((2 * size) / 3) + 1, 3);
}

/**
 * `EpochLedger.commit`: a later epoch, on the last root, which is active; signed by a quorum of the present set, signatures
 * ascending by signer.
 * @param now of the block, Unix seconds
 */
export function commit(
  state: LedgerState,
  domain: SigningDomain,
  report: EpochReport,
  signatures: readonly Uint8Array[],
  now: number,
): Outcome {
  const refusal = refusalOf(state, report, now);
  if (refusal !== undefined) return { revert: refusal };
  const signers = signersOf(state, epochReportDigest(domain, report), signatures);
  if (!signers) return { revert: "a signature is no oracle's, or out of order" };
  if (signers.length < ledgerQuorum(state.oracles.length)) return { revert: "too few signatures" };
  const bitmap = signers.reduce((bits, signer) => bits | (1n << BigInt(state.oracles.indexOf(signer))), 0n);
  const event: EventBody = { type: "EpochCommitted", ...report, signers: bitmap };
  const last = { report, at: now, signers, previous: state.last };
  return { state: { ...state, last }, events: [event] };
}

/** `EpochLedger.disprove`: the pending root goes, and its signers with it. */
export function disprove(state: LedgerState, epoch: bigint, proof: Disproof, now: number): Outcome {
  const { last } = state;
  if (last?.report.epoch !== epoch || !isPending(last, now)) return { revert: "nothing pending" };
  if (!isLeafOf(last.report.root, proof, proof.cumulativeAfter, proof.proofAfter)) return { revert: "no proof" };
  const isNew = proof.cumulativeBefore === 0n && proof.proofBefore.length === 0;
  const before = last.previous?.report;
  if (!isNew && !(before && isLeafOf(before.root, proof, proof.cumulativeBefore, proof.proofBefore))) {
    return { revert: "no proof of the leaf before" };
  }
  const since = isNew ? -1n : (before?.epoch ?? -1n);
  const growth = proof.cumulativeAfter - proof.cumulativeBefore;
  if (growth >= 0n && growth <= 255n * (epoch - since)) return { revert: "not disproved" };
  const gone = last.signers.filter((signer) => state.oracles.includes(signer));
  const removed = gone.map((oracle): EventBody => ({ type: "OracleRemoved", oracle, owner: oracle, why: "disproved" }));
  const event: EventBody = { type: "EpochDisproved", epoch, root: last.report.root, by: ZERO_HASH.slice(0, 42) };
  const oracles = state.oracles.filter((oracle) => !gone.includes(oracle));
  return { state: { ...state, oracles, last: last.previous }, events: [...removed, event] };
}

export function addOracle(state: LedgerState, oracle: Address): Outcome {
  if (state.oracles.includes(oracle)) return { revert: "it is an oracle" };
  const event: EventBody = { type: "OracleAdded", oracle, owner: oracle };
  return { state: { ...state, oracles: [...state.oracles, oracle].sort() }, events: [event] };
}

export function removeOracle(state: LedgerState, oracle: Address): Outcome {
  if (!state.oracles.includes(oracle)) return { revert: "it is no oracle" };
  const event: EventBody = { type: "OracleRemoved", oracle, owner: oracle, why: "governance" };
  return { state: { ...state, oracles: state.oracles.filter((other) => other !== oracle) }, events: [event] };
}

/** `JobEscrow.assign`, one deed at a time: it is paid from the epoch after the running one on. */
export function assign(state: LedgerState, jobId: bigint, tokenId: number, running: bigint): Outcome {
  if (state.ends.has(jobId) || placeOf(state, jobId, tokenId)) return { revert: "over, assigned, or not settled" };
  const place = { jobId, tokenId, from: running + 1n, to: undefined, isSettled: false };
  const event = assigned(state, jobId, { joining: [tokenId] }, running);
  return { state: { ...state, places: [...state.places, place] }, events: [event] };
}

/** The same: it is paid up to the running epoch. */
export function unassign(state: LedgerState, jobId: bigint, tokenId: number, running: bigint): Outcome {
  const place = placeOf(state, jobId, tokenId);
  if (state.ends.has(jobId) || !place || place.to !== undefined) return { revert: "over, or not assigned" };
  const event = assigned(state, jobId, { leaving: [tokenId] }, running);
  return { state: withPlace(state, place, { to: running + 1n }), events: [event] };
}

/** `JobEscrow.close`, of a job that began: an epoch's notice. */
export function close(state: LedgerState, jobId: bigint, running: bigint): Outcome {
  const began = state.places.some((place) => place.jobId === jobId);
  if (!began || state.ends.has(jobId)) return { revert: "not begun, or over" };
  const ends = new Map(state.ends).set(jobId, running + 2n);
  return { state: { ...state, ends }, events: [{ type: "JobClosed", jobId, end: running + 2n }] };
}

/** `JobEscrow.settle` of a place of a job that is over. Whether a root proves it is not looked at here. */
export function settle(state: LedgerState, jobId: bigint, tokenId: number, running: bigint): Outcome {
  const place = placeOf(state, jobId, tokenId);
  const end = state.ends.get(jobId);
  if (!place || place.isSettled || end === undefined || end > running) return { revert: "nothing due" };
  const to = place.to !== undefined && place.to < end ? place.to : end;
  if (to <= place.from) return { revert: "nothing due" };
  const money = { bytesServed: 0n, paid: 0n, burned: 0n, penalty: 0n };
  const payee: Address = ZERO_HASH.slice(0, 42);
  const event = { type: "Settled", jobId, tokenId, payee, epochs: to - place.from, ...money } as const;
  return { state: withPlace(state, place, { isSettled: true }), events: [event] };
}

function assigned(
  { places }: LedgerState,
  jobId: bigint,
  change: { readonly leaving?: readonly number[]; readonly joining?: readonly number[] },
  running: bigint,
): EventBody {
  const sequence = places.filter((place) => place.jobId === jobId).length;
  return { type: "NodesAssigned", jobId, sequence, leaving: [], joining: [], ...change, from: running + 1n };
}

function placeOf({ places }: LedgerState, jobId: bigint, tokenId: number): Place | undefined {
  return places.find((place) => place.jobId === jobId && place.tokenId === tokenId);
}

function withPlace(state: LedgerState, place: Place, change: Partial<Place>): LedgerState {
  return { ...state, places: state.places.map((other) => (other === place ? { ...place, ...change } : other)) };
}

function isPending({ at }: Committed, now: number): boolean {
  return now < at + ACTIVATION_DELAY;
}

function refusalOf({ last }: LedgerState, report: EpochReport, now: number): string | undefined {
  const previous: Hash = last?.report.root ?? ZERO_HASH;
  if (last && isPending(last, now)) return "the previous root is pending";
  if (last && report.epoch <= last.report.epoch) return "not a later epoch";
  return report.previousRoot === previous ? undefined : "another previous root";
}

function isLeafOf(root: Hash, { kind, id }: Disproof, cumulative: bigint, proof: readonly Hash[]): boolean {
  return MerkleTree.verify(root, bytesToHex(leafHash(kind, id, cumulative)), proof);
}

function signersOf(state: LedgerState, digest: Uint8Array, signatures: readonly Uint8Array[]): Address[] | undefined {
  const signers: Address[] = [];
  for (const signature of signatures) {
    const signer = recoverCompact(digest, signature);
    const before = signers.at(-1);
    if (signer === undefined || !state.oracles.includes(signer)) return undefined;
    if (before !== undefined && before >= signer) return undefined;
    signers.push(signer);
  }
  return signers;
}
