/** The five pools that the Genesis Node Deed mines for. */
import { refuseIf } from "./refusal.js";
import { restricted, type State } from "./state.js";
import { balanceOf, transfer } from "./token.js";

const BASIS_POINTS = 10_000n;

export function releasedOf({ released }: State, pool: string): bigint {
  return released.get(pool) ?? 0n;
}

export function reachedOf({ milestones }: State, pool: string): number {
  return milestones.get(pool) ?? 0;
}

/** The share set free by the milestones reached, of all that ever came in, less what was released. */
export function releasable(state: State, pool: string): bigint {
  const { unlockTime, milestones } = poolAt(state, pool);
  if (state.now < unlockTime) return 0n;
  const shares = milestones.slice(0, reachedOf(state, pool)).reduce((sum, share) => sum + share, 0);
  const free = milestones.length === 0 ? BASIS_POINTS : BigInt(shares);
  const received = balanceOf(state, state.setting.addresses[pool]!) + releasedOf(state, pool);
  return (received * free) / BASIS_POINTS - releasedOf(state, pool);
}

export function reachMilestone(state: State, sender: string, pool: string, evidence: string): void {
  restricted(state, sender, "governance");
  refuseIf(evidence === "", "TreasuryPool_NoText");
  const reached = reachedOf(state, pool);
  refuseIf(reached === poolAt(state, pool).milestones.length, "TreasuryPool_NoMilestoneLeft");
  state.milestones.set(pool, reached + 1);
}

export interface Release {
  readonly to: string;
  readonly amount: bigint;
  readonly purpose: string;
}

export function release(state: State, sender: string, pool: string, { to, amount, purpose }: Release): void {
  restricted(state, sender, "treasurer");
  refuseIf(state.now < poolAt(state, pool).unlockTime, "TreasuryPool_Locked");
  refuseIf(purpose === "", "TreasuryPool_NoText");
  refuseIf(amount === 0n, "TreasuryPool_ZeroAmount");
  refuseIf(amount > releasable(state, pool), "TreasuryPool_AboveReleasable");
  state.released.set(pool, releasedOf(state, pool) + amount);
  transfer(state, state.setting.addresses[pool]!, to, amount);
}

function poolAt({ setting: { pools } }: State, pool: string) {
  return pools.find(({ name }) => name === pool)!;
}
