/** Which node serves which deed. */
import { recoverAddress, type SignatureLike, TypedDataEncoder } from "ethers";

import { deedAt, GENESIS, NODE } from "./deeds.js";
import { kindOf } from "./merkle.js";
import { isApproved } from "./operators.js";
import { refuseIf } from "./refusal.js";
import { currentEpoch, NOBODY, type State, whenNotPaused } from "./state.js";

const ASSOCIATION = {
  Association: [
    { name: "deed", type: "uint256" },
    { name: "owner", type: "address" },
    { name: "deadline", type: "uint256" },
  ],
};

export interface Consent {
  readonly deed: bigint;
  readonly node: string;
  readonly deadline: number;
  readonly signature: SignatureLike;
}

export function nodeOf({ links }: State, deed: bigint): string {
  return links.get(deed)?.node ?? NOBODY;
}

/** Zero: none. */
export function deedOfNode({ links }: State, node: string): bigint {
  return [...links].find(([, link]) => link.node === node && node !== NOBODY)?.[0] ?? 0n;
}

export function isServing(state: State, deed: bigint): boolean {
  if (nodeOf(state, deed) === NOBODY) return false;
  const { owner, banned } = deedAt(state, deed);
  return !banned && isApproved(state, owner);
}

export function isActive(state: State, node: string): boolean {
  const deed = deedOfNode(state, node);
  return deed !== 0n && isServing(state, deed);
}

/** Owner of the deed that a node serves; zero: it serves none. */
export function operatorOfNode(state: State, node: string): string {
  const deed = deedOfNode(state, node);
  return deed === 0n ? NOBODY : deedAt(state, deed).owner;
}

export function associate(state: State, sender: string, consents: readonly Consent[]): void {
  whenNotPaused(state, "nodes");
  refuseIf(consents.length === 0, "NodeRegistry_NothingToAssociate");
  refuseIf(!isApproved(state, sender), "NodeRegistry_OperatorNotApproved");
  for (const consent of consents) associateOne(state, sender, consent);
}

export function dissociate(state: State, sender: string, deed: bigint): void {
  const node = nodeOf(state, deed);
  refuseIf(node === NOBODY, "NodeRegistry_NotAssociated");
  refuseIf(sender !== node && sender !== deedAt(state, deed).owner, "NodeRegistry_NotOwnerOrNode");
  state.links.get(deed)!.node = NOBODY;
}

/** What a node signs for an owner who wants it to serve a deed. */
export function consentDigest({ setting }: State, deed: bigint, owner: string, deadline: number): string {
  const { chainId, addresses } = setting;
  const domain = { name: "NodeRegistry", version: "1", chainId, verifyingContract: addresses["nodes"]! };
  return TypedDataEncoder.hash(domain, ASSOCIATION, { deed, owner, deadline });
}

function associateOne(state: State, sender: string, consent: Consent): void {
  const { deed, node } = consent;
  requireConsent(state, sender, consent);
  refuseIf(deedOfNode(state, node) !== 0n, "NodeRegistry_NodeTaken");
  const since = state.links.get(deed)?.since ?? -Infinity;
  refuseIf(state.now < since + state.setting.reassociationDelay, "NodeRegistry_TooSoon");
  refuseIf(kindOf(deed) < NODE || kindOf(deed) > GENESIS, "DeedId_Invalid");
  const record = deedAt(state, deed);
  refuseIf(record.banned, "Deed_Banned");
  refuseIf(record.owner !== sender, "NodeRegistry_NotOwner");
  record.firstEpoch ??= currentEpoch(state);
  state.links.set(deed, { node, since: state.now });
}

function requireConsent(state: State, owner: string, { deed, node, deadline, signature }: Consent): void {
  refuseIf(state.now > deadline, "NodeRegistry_Expired");
  refuseIf(deadline >= state.now + state.setting.reassociationDelay, "NodeRegistry_DeadlineTooFar");
  const signer = recoverAddress(consentDigest(state, deed, owner, deadline), signature);
  refuseIf(signer !== node, "NodeRegistry_WrongNodeSignature");
}
