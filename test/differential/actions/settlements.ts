import { id } from "ethers";

import { NODE } from "../model/deeds.js";
import { proofOf, tokenOf } from "../model/merkle.js";
import { isDue, payHeld, settle, settleMany } from "../model/settlement.js";
import type { Action, Context, Published, PublishedLeaf, Step } from "../walk/context.js";
import { drawBatch, drawRoot } from "./claims.js";
import { drawJob, escrow } from "./jobs.js";

export const SETTLEMENT_ACTIONS: readonly Action[] = [
  { name: "settle", weight: 14, draw: drawSettle },
  { name: "settleMany", weight: 14, draw: drawSettleMany },
  { name: "payHeld", weight: 4, draw: drawPayHeld, isUrgent: ({ held }) => held.size > 0 },
];

type ServiceLeaf = PublishedLeaf & { readonly jobId: number; readonly token: number };

function drawSettle(context: Context): Step | undefined {
  const { random } = context;
  const root = drawRoot(context);
  const leaves = root ? servicesOf(root) : [];
  if (root === undefined || leaves.length === 0) return undefined;
  const due = leaves.filter(({ jobId, token }) => isDue(context.state, jobId, token, root.epoch));
  const leaf = random.mostly(due, leaves);
  const { jobId, token } = leaf;
  const proof = proofOf(root.tree, root.leaves.indexOf(leaf));
  const cumulative = leaf.cumulative + (random.once(15) ? 1n : 0n);
  const epoch = random.once(15) ? root.epoch + 1 : root.epoch;
  return escrow(context.actor(), "settle", [jobId, token, epoch, cumulative, proof], (state) =>
    settle(state, jobId, token, epoch, cumulative, proof),
  );
}

function drawSettleMany(context: Context): Step | undefined {
  const { random } = context;
  const root = drawRoot(context);
  const [jobId] = drawJob(context);
  if (root === undefined) return undefined;
  const own = new Set<PublishedLeaf>(servicesOf(root).filter((leaf) => leaf.jobId === jobId && !random.once(4)));
  const positions = root.leaves.flatMap((leaf, i) => (own.has(leaf) ? [i] : []));
  if (positions.length === 0 && !random.once(10)) return undefined;
  const { leaves, proof, flags } = drawBatch(context, root, positions);
  const [tokens, cumulatives] = [leaves.map(({ token }) => token!), leaves.map(({ cumulative }) => cumulative)];
  if (random.once(20)) cumulatives.pop();
  if (random.once(20)) proof.push(id("a hash too many"));
  return escrow(context.actor(), "settleMany", [jobId, root.epoch, tokens, cumulatives, proof, flags], (state) =>
    settleMany(state, jobId, root.epoch, tokens, cumulatives, proof, flags),
  );
}

function drawPayHeld(context: Context): Step | undefined {
  const { random, state } = context;
  if (state.held.size === 0 && !random.once(4)) return undefined;
  const tokens = context.deeds(NODE).map((deed) => Number(tokenOf(deed)));
  const token = random.mostly([...state.held.keys()], tokens);
  return escrow(context.actor(), "payHeld", [token], (after) => payHeld(after, token));
}

function servicesOf({ leaves }: Published): ServiceLeaf[] {
  return leaves.filter((leaf): leaf is ServiceLeaf => leaf.jobId !== undefined);
}
