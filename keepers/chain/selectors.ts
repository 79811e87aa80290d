import type { Address } from "../protocol/bytes.js";
import type { Link } from "../protocol/links.js";
import type { NodeLink, ProtocolState } from "./protocolState.js";

/** Why a node may not work, in the order in which reasons are looked for. */
export const standingFailures = [
  "NODE_NOT_ASSOCIATED",
  "DEED_NOT_OWNED",
  "OPERATOR_NOT_APPROVED",
  "OPERATOR_BANNED",
  "DEED_BANNED",
] as const;
export type StandingFailure = (typeof standingFailures)[number];

/** Whether a node may work, and for which deed; `deed` and `link` are absent only when the node has none. */
export type Standing =
  | { readonly ok: true; readonly deed: bigint; readonly link: NodeLink }
  | { readonly ok: false; readonly reason: StandingFailure; readonly deed?: bigint; readonly link?: NodeLink };

/**
 * The links that count at a block of this `timestamp` (Unix seconds): deeds with a node whose owner is approved then and
 * not banned, and that are not banned themselves; ascending by deed.
 */
export function linksAt(state: ProtocolState, timestamp: number): Link[] {
  const links: Link[] = [];
  for (const [deed, link] of state.links) {
    if (failureOf(state, deed, link, timestamp) !== undefined) continue;
    links.push({ deed, node: link.node, associatedAt: link.associatedAt });
  }
  return links.sort((a, b) => (a.deed < b.deed ? -1 : 1));
}

/**
 * Whether `node` may work at `timestamp` (Unix seconds), else the first reason against it.
 * @param operator Who the node says owns its deed; left out, any owner will do.
 */
export function standingOf(state: ProtocolState, node: Address, timestamp: number, operator?: Address): Standing {
  const deed = state.deedOfNode.get(node);
  const link = deed === undefined ? undefined : state.links.get(deed);
  if (deed === undefined || link === undefined) return { ok: false, reason: "NODE_NOT_ASSOCIATED" };
  if (operator !== undefined && operator !== link.owner) return { ok: false, reason: "DEED_NOT_OWNED", deed, link };
  const reason = failureOf(state, deed, link, timestamp);
  return reason === undefined ? { ok: true, deed, link } : { ok: false, reason, deed, link };
}

function failureOf(
  state: ProtocolState,
  deed: bigint,
  { owner }: NodeLink,
  timestamp: number,
): StandingFailure | undefined {
  const operator = state.operators.get(owner);
  if (operator === undefined || operator.approvedUntil <= timestamp) return "OPERATOR_NOT_APPROVED";
  if (operator.banned) return "OPERATOR_BANNED";
  return state.bannedDeeds.has(deed) ? "DEED_BANNED" : undefined;
}
