/** Licences of all three classes: who owns them, what they mined, and what is left in them. */
import { linear, logistic } from "./emission.js";
import { deedId, kindOf } from "./merkle.js";
import { isApproved, isBanned } from "./operators.js";
import { Refused, refuseIf } from "./refusal.js";
import { type Deed, NOBODY, pair, restricted, type State } from "./state.js";
import { CAP } from "./token.js";

export const NODE = 1n;
export const MASTER = 2n;
export const GENESIS = 3n;

export const NODE_DEEDS = 46_224n;
export const MASTER_LARGEST = (CAP * 2n) / 100n;
const NODE_ALLOCATION = (CAP * 45n) / 100n / NODE_DEEDS;
const MASTER_TOGETHER = (CAP * 261n) / 1000n;
const MASTER_DEEDS = 500;
const GENESIS_ALLOCATION = (CAP * 289n) / 1000n;
const FULL = 255n;

export function issuedOf({ deeds }: State, kind: bigint): number {
  return [...deeds.keys()].filter((deed) => kindOf(deed) === kind).length;
}

/** @throws Refused when there is no such deed */
export function deedAt({ deeds }: State, deed: bigint): Deed {
  const found = deeds.get(deed);
  if (found === undefined) throw new Refused("ERC721NonexistentToken");
  return found;
}

/** The sale only. */
export function issueNodeDeeds(state: State, to: string, count: number): void {
  refuseIf(!isApproved(state, to), "Deed_OperatorNotApproved");
  const issued = issuedOf(state, NODE);
  for (let i = 1; i <= count; i++) issue(state, deedId(NODE, issued + i), to, NODE_ALLOCATION);
}

export function masterAllocated({ deeds }: State): bigint {
  return [...deeds].reduce((sum, [deed, { allocation }]) => (kindOf(deed) === MASTER ? sum + allocation : sum), 0n);
}

export function issueMaster(state: State, sender: string, to: string, allocation: bigint): void {
  restricted(state, sender, "governance");
  refuseIf(allocation === 0n, "MasterNodeDeed_ZeroAllocation");
  refuseIf(allocation > MASTER_LARGEST, "MasterNodeDeed_AllocationTooLarge");
  refuseIf(masterAllocated(state) + allocation > MASTER_TOGETHER, "MasterNodeDeed_AllocationsExhausted");
  const issued = issuedOf(state, MASTER);
  refuseIf(issued === MASTER_DEEDS, "MasterNodeDeed_AllIssued");
  refuseIf(!isApproved(state, to), "Deed_OperatorNotApproved");
  issue(state, deedId(MASTER, issued + 1), to, allocation);
}

export function issueGenesis(state: State, sender: string, to: string): void {
  restricted(state, sender, "governance");
  refuseIf(issuedOf(state, GENESIS) === 1, "GenesisNodeDeed_AlreadyIssued");
  refuseIf(!isApproved(state, to), "Deed_OperatorNotApproved");
  issue(state, deedId(GENESIS, 1), to, GENESIS_ALLOCATION);
}

export function banDeed(state: State, sender: string, deed: bigint, reason: string): void {
  restricted(state, sender, "compliance");
  refuseIf(reason === "", "Deed_NoReason");
  refuseIf(deedAt(state, deed).banned, "Deed_Banned");
  deedAt(state, deed).banned = true;
}

export function unbanDeed(state: State, sender: string, deed: bigint): void {
  restricted(state, sender, "compliance");
  refuseIf(!(state.deeds.get(deed)?.banned ?? false), "Deed_NotBanned");
  deedAt(state, deed).banned = false;
}

export function approveDeed(state: State, sender: string, deed: bigint, to: string): void {
  const { owner } = deedAt(state, deed);
  refuseIf(sender !== owner && !isDeedOperator(state, kindOf(deed), owner, sender), "ERC721InvalidApprover");
  deedAt(state, deed).approved = to;
}

export function approveForAll(state: State, sender: string, kind: bigint, operator: string, isOn: boolean): void {
  refuseIf(operator === NOBODY, "ERC721InvalidOperator");
  const key = pair(kind, sender, operator);
  if (isOn) state.deedOperators.add(key);
  else state.deedOperators.delete(key);
}

export function isDeedOperator({ deedOperators }: State, kind: bigint, owner: string, operator: string): boolean {
  return deedOperators.has(pair(kind, owner, operator));
}

/** What a deed earned and did not claim goes with it; its node does not. */
export function transferDeed(state: State, sender: string, from: string, to: string, id: bigint): void {
  refuseIf(to === NOBODY, "ERC721InvalidReceiver");
  refuseIf(kindOf(id) !== NODE, "Deed_Soulbound");
  const deed = deedAt(state, id);
  const { owner, approved, banned } = deed;
  const mayMove = sender === owner || sender === approved || isDeedOperator(state, NODE, owner, sender);
  refuseIf(!mayMove, "ERC721InsufficientApproval");
  refuseIf(banned, "Deed_Banned");
  refuseIf(isBanned(state, owner), "Deed_OperatorBanned");
  refuseIf(!isApproved(state, to), "Deed_OperatorNotApproved");
  refuseIf(owner !== from, "ERC721IncorrectOwner");
  Object.assign(deed, { owner: to, approved: NOBODY });
  const link = state.links.get(id);
  if (link) link.node = NOBODY;
}

/** Wei that a deed has mined with these credited bytes. */
export function minedAt(state: State, id: bigint, cumulative: bigint): bigint {
  const { allocation } = deedAt(state, id);
  const duration = BigInt(state.setting.classes[String(kindOf(id))]!.duration);
  return kindOf(id) === MASTER ? logistic(allocation, duration, cumulative) : linear(allocation, duration, cumulative);
}

/** Most bytes that a deed can have been credited with up to and including `epoch`. */
export function boundOf(state: State, id: bigint, epoch: number): bigint {
  const firstEpoch = state.deeds.get(id)?.firstEpoch;
  if (firstEpoch === undefined) return 0n;
  const first = Math.max(firstEpoch, state.setting.classes[String(kindOf(id))]!.start);
  return epoch < first ? 0n : FULL * BigInt(epoch + 1 - first);
}

function issue({ deeds }: State, id: bigint, owner: string, allocation: bigint): void {
  deeds.set(id, { owner, approved: NOBODY, allocation, firstEpoch: undefined, claimed: 0n, banned: false });
}
