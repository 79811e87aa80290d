/** Roots: one an epoch, each pending before it counts, and taken back when one of its leaves is shown to be wrong. */
import { type SignatureLike, TypedDataEncoder, ZeroHash } from "ethers";

import { type Leaf, provenRoot } from "./merkle.js";
import { verify } from "./oracles.js";
import { refuseIf } from "./refusal.js";
import { type Commit, epochEnd, type State, whenNotPaused } from "./state.js";

const FULL = 255n;
const REPORT = {
  EpochReport: [
    { name: "epoch", type: "uint64" },
    { name: "previousRoot", type: "bytes32" },
    { name: "root", type: "bytes32" },
    { name: "dataHash", type: "bytes32" },
    { name: "leafCount", type: "uint64" },
  ],
};

export interface Report {
  readonly epoch: number;
  readonly previousRoot: string;
  readonly root: string;
  readonly dataHash: string;
  readonly leafCount: number;
}

/** A leaf as it is shown: that it was not there is shown as zero without a proof. */
export interface Shown {
  readonly leaf: Leaf;
  readonly proof: readonly string[];
}

export function latestOf({ commits }: State): Commit | undefined {
  return commits.at(-1);
}

export function pendingOf({ commits, now }: State): Commit | undefined {
  const last = commits.at(-1);
  return last && now < last.activeFrom ? last : undefined;
}

/** Zero: none, or none yet. */
export function activeRootOf(state: State, epoch: number): string {
  const found = state.commits.find((commit) => commit.epoch === epoch);
  return found === undefined || found === pendingOf(state) ? ZeroHash : found.root;
}

export function commit(state: State, report: Report, signatures: readonly SignatureLike[]): void {
  whenNotPaused(state, "ledger");
  const last = latestOf(state);
  refuseIf(last !== undefined && report.epoch <= last.epoch, "EpochLedger_NotLater");
  refuseIf(state.now < epochEnd(state, report.epoch), "EpochLedger_NotEnded");
  refuseIf(pendingOf(state) !== undefined, "EpochLedger_PreviousPending");
  refuseIf(report.previousRoot !== (last?.root ?? ZeroHash), "EpochLedger_WrongPreviousRoot");
  refuseIf(report.root === ZeroHash, "EpochLedger_ZeroRoot");
  const signers = verify(state, reportDigest(state, report), signatures);
  const activeFrom = state.now + state.setting.activationDelay;
  state.commits.push({ epoch: report.epoch, root: report.root, activeFrom, signers });
}

/** @param before And `after`: of one kind and id. */
export function disprove(state: State, before: Shown, after: Shown): void {
  const wrong = pendingOf(state);
  refuseIf(wrong === undefined, "EpochLedger_NothingPending");
  refuseIf(provenRoot(after.leaf, after.proof) !== wrong!.root, "EpochLedger_InvalidProof");
  const epochs = epochsBetween(state, wrong!, before);
  const growth = after.leaf.cumulative - before.leaf.cumulative;
  refuseIf(growth >= 0n && growth <= FULL * BigInt(epochs), "EpochLedger_NotDisproved");
  state.commits.pop();
  for (const signer of wrong!.signers) state.oracles.delete(signer);
}

export function reportDigest({ setting }: State, report: Report): string {
  const { chainId, addresses } = setting;
  const domain = { name: "EpochLedger", version: "1", chainId, verifyingContract: addresses["ledger"]! };
  return TypedDataEncoder.hash(domain, REPORT, { ...report });
}

/** Over which a leaf may have grown: since the root before, or since the beginning where it was not there. */
function epochsBetween({ commits }: State, wrong: Commit, before: Shown): number {
  if (before.leaf.cumulative === 0n && before.proof.length === 0) return wrong.epoch + 1;
  const last = commits.at(-2);
  refuseIf(last?.root !== provenRoot(before.leaf, before.proof), "EpochLedger_InvalidProof");
  return wrong.epoch - last!.epoch;
}
