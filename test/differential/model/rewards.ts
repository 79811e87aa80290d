/** Claims of what availability mined. */
import { ZeroHash } from "ethers";

import { boundOf, GENESIS, minedAt, NODE } from "./deeds.js";
import { activeRootOf } from "./ledger.js";
import { AVAILABILITY, kindOf, type Leaf, multiProvenRoot, provenRoot } from "./merkle.js";
import { isBanned, payeeOf } from "./operators.js";
import { Refused, refuseIf } from "./refusal.js";
import { NOBODY, type State } from "./state.js";
import { mint } from "./token.js";

const BASIS_POINTS = 10_000n;

/** Wei that a claim would pay. */
export function claimable(state: State, deed: bigint, epoch: number, cumulative: bigint): bigint {
  const record = state.deeds.get(deed);
  if (record === undefined || whyNot(state, deed, epoch, cumulative) !== undefined) return 0n;
  return minedAt(state, deed, cumulative) - minedAt(state, deed, record.claimed);
}

export function claim(state: State, deed: bigint, epoch: number, cumulative: bigint, proof: readonly string[]): void {
  const root = requireRoot(state, epoch);
  refuseIf(provenRoot(leafOf(deed, cumulative), proof) !== root, "AvailabilityRewards_InvalidProof");
  requireClass(deed);
  const reason = whyNot(state, deed, epoch, cumulative);
  if (reason !== undefined) throw new Refused(reason);
  pay(state, deed, epoch, cumulative);
}

/** Whatever cannot be claimed is passed over. */
export function claimMany(
  state: State,
  epoch: number,
  deeds: readonly bigint[],
  cumulatives: readonly bigint[],
  proof: readonly string[],
  flags: readonly boolean[],
): void {
  const root = requireRoot(state, epoch);
  refuseIf(deeds.length === 0, "AvailabilityRewards_ZeroCount");
  refuseIf(deeds.length !== cumulatives.length, "AvailabilityRewards_LengthMismatch");
  const leaves = deeds.map((deed, i) => leafOf(deed, cumulatives[i]!));
  const proven = multiProvenRoot(leaves, proof, flags);
  refuseIf(proven === undefined, "MerkleProofInvalidMultiproof");
  refuseIf(proven !== root, "AvailabilityRewards_InvalidProof");
  deeds.forEach((deed, i) => {
    requireClass(deed);
    if (whyNot(state, deed, epoch, cumulatives[i]!) === undefined) pay(state, deed, epoch, cumulatives[i]!);
  });
}

function leafOf(deed: bigint, cumulative: bigint): Leaf {
  return { kind: AVAILABILITY, id: deed, cumulative };
}

function requireRoot(state: State, epoch: number): string {
  const root = activeRootOf(state, epoch);
  refuseIf(root === ZeroHash, "AvailabilityRewards_NoRoot");
  return root;
}

function requireClass(deed: bigint): void {
  refuseIf(kindOf(deed) < NODE || kindOf(deed) > GENESIS, "DeedId_Invalid");
}

/** The first thing that keeps a proven sum from being claimed. */
function whyNot(state: State, deed: bigint, epoch: number, cumulative: bigint): string | undefined {
  const record = state.deeds.get(deed);
  if (record?.banned) return "Deed_Banned";
  if (cumulative <= (record?.claimed ?? 0n)) return "Deed_NothingNew";
  if (cumulative > boundOf(state, deed, epoch)) return "Deed_AboveBound";
  return isBanned(state, record!.owner) ? "AvailabilityRewards_OwnerBanned" : undefined;
}

function pay(state: State, deed: bigint, epoch: number, cumulative: bigint): void {
  const amount = claimable(state, deed, epoch, cumulative);
  const record = state.deeds.get(deed)!;
  record.claimed = cumulative;
  const minter = state.setting.addresses["rewards"]!;
  if (kindOf(deed) === GENESIS) payPools(state, minter, amount);
  else mint(state, minter, payeeOf(state, record.owner), amount);
}

/** The last pool gets what rounding leaves. */
function payPools(state: State, minter: string, amount: bigint): void {
  const { pools, addresses } = state.setting;
  const parts = pools.map(({ share }) => (amount * share) / BASIS_POINTS);
  const rest = amount - parts.reduce((sum, part) => sum + part, 0n);
  pools.forEach(({ name }, i) => {
    mint(state, minter, addresses[name] ?? NOBODY, parts[i]! + (i === pools.length - 1 ? rest : 0n));
  });
}
