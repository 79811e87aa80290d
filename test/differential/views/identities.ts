import { collectionOf } from "../actions/deeds.js";
import { boundOf, GENESIS, issuedOf, MASTER, masterAllocated, minedAt, NODE } from "../model/deeds.js";
import { kindOf, tokenOf } from "../model/merkle.js";
import { deedOfNode, isActive, isServing, nodeOf, operatorOfNode } from "../model/nodes.js";
import { isApproved, isBanned, operatorOf, payeeOf } from "../model/operators.js";
import { claimable } from "../model/rewards.js";
import { currentEpoch, type Deed, NOBODY, type State } from "../model/state.js";
import type { Cast } from "../walk/context.js";
import { type View, view } from "./view.js";

const KINDS = [NODE, MASTER, GENESIS];
/** Of the deeds that nobody did anything to, those with an id up to the first, and each so-manieth of the others. */
const WATCHED = { first: 12n, each: 31n };

export function operatorViews(state: State, { actors }: Cast): View[] {
  return actors.flatMap((actor) => [
    view("operators", "operatorOf", [actor], operatorOf(state, actor)),
    view("operators", "isApproved", [actor], isApproved(state, actor)),
    view("operators", "isBanned", [actor], isBanned(state, actor)),
    view("operators", "payoutOf", [actor], payeeOf(state, actor), isBanned(state, actor)),
  ]);
}

export function deedViews(state: State, { actors }: Cast): View[] {
  const deeds = [...state.deeds].filter(([id, deed]) => isWatched(state, id, deed));
  return [
    ...deeds.flatMap(([id, deed]) => viewsOf(state, id, deed)),
    ...KINDS.map((kind) => view(collectionOf(kind << 248n), "totalSupply", [], issuedOf(state, kind))),
    ...KINDS.flatMap((kind) =>
      actors.map((actor) => view(collectionOf(kind << 248n), "balanceOf", [actor], countOf(state, kind, actor))),
    ),
    view("masterDeed", "totalAllocated", [], masterAllocated(state)),
  ];
}

function viewsOf(state: State, id: bigint, deed: Deed): View[] {
  const [contract, token, epoch] = [collectionOf(id), tokenOf(id), currentEpoch(state)];
  const { owner, approved, allocation, firstEpoch, claimed, banned } = deed;
  const record = { owner, associatedBefore: firstEpoch !== undefined, firstEpoch: firstEpoch ?? 0, claimed, banned };
  // Some sum that nobody claimed, another one each time.
  const more = claimed + BigInt(1 + (state.now % 300));
  return [
    view(contract, "recordOf", [token], record),
    view(contract, "ownerOf", [token], owner),
    view(contract, "getApproved", [token], approved),
    view(contract, "allocationOf", [token], allocation),
    view(contract, "mintedAt", [token, more], minedAt(state, id, more)),
    view(contract, "boundOf", [token, epoch], boundOf(state, id, epoch)),
    view("rewards", "claimable", [id, epoch, more], claimable(state, id, epoch, more)),
    view("nodes", "nodeOf", [id], nodeOf(state, id)),
    view("nodes", "associatedAt", [id], state.links.get(id)?.since ?? 0),
    view("nodes", "isServing", [id], isServing(state, id)),
  ];
}

export function nodeViews(state: State, { nodes }: Cast): View[] {
  return nodes.flatMap((node) => [
    view("nodes", "deedOf", [node], deedOfNode(state, node)),
    view("nodes", "isActive", [node], isActive(state, node)),
    view("nodes", "operatorOf", [node], operatorOfNode(state, node)),
  ]);
}

function isWatched(state: State, id: bigint, { firstEpoch, approved, banned }: Deed): boolean {
  if (firstEpoch !== undefined || approved !== NOBODY || banned || kindOf(id) !== NODE) return true;
  const token = tokenOf(id);
  return token <= WATCHED.first || token % WATCHED.each === 0n || Number(token) === issuedOf(state, NODE);
}

function countOf({ deeds }: State, kind: bigint, owner: string): number {
  return [...deeds].filter(([id, deed]) => kindOf(id) === kind && deed.owner === owner).length;
}
