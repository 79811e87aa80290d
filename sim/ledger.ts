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
}

/** What a transaction does to the state, or why it reverts. */
export type Outcome =
  { readonly state: LedgerState; readonly events: readonly EventBody[] } | { readonly revert: string };

export const EMPTY_LEDGER: LedgerState = { oracles: [], last: undefined };

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
  return { state: { oracles, last: last.previous }, events: [...removed, event] };
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
