import { id } from "ethers";

import { boundOf } from "../model/deeds.js";
import { AVAILABILITY, multiProofOf, proofOf } from "../model/merkle.js";
import { claim, claimMany } from "../model/rewards.js";
import type { Action, Context, Published, PublishedLeaf, Step } from "../walk/context.js";

export const CLAIM_ACTIONS: readonly Action[] = [
  { name: "claim", weight: 14, draw: drawClaim },
  { name: "claimMany", weight: 10, draw: drawClaimMany },
];

function drawClaim(context: Context): Step | undefined {
  const { random } = context;
  const root = drawRoot(context);
  if (root === undefined) return undefined;
  const leaf = random.mostly(
    root.leaves.filter((each) => isFresh(context, root, each)),
    root.leaves,
  );
  const proof = proofOf(root.tree, root.leaves.indexOf(leaf));
  const cumulative = leaf.cumulative + (random.once(15) ? 1n : 0n);
  const epoch = random.once(15) ? root.epoch + 1 : root.epoch;
  return rewards(context, "claim", [leaf.id, epoch, cumulative, proof], (state) =>
    claim(state, leaf.id, epoch, cumulative, proof),
  );
}

/** Some of a root's deeds, at times with proofs or lists that do not fit. */
function drawClaimMany(context: Context): Step | undefined {
  const { random } = context;
  const root = drawRoot(context);
  if (root === undefined) return undefined;
  const positions = root.leaves.flatMap(({ kind }, i) => (kind === AVAILABILITY && !random.once(3) ? [i] : []));
  const { leaves, proof, flags } = drawBatch(context, root, positions);
  const [deeds, cumulatives] = [leaves.map((leaf) => leaf.id), leaves.map(({ cumulative }) => cumulative)];
  if (random.once(20)) cumulatives.pop();
  if (random.once(20)) proof.push(id("a hash too many"));
  return rewards(context, "claimMany", [root.epoch, deeds, cumulatives, proof, flags], (state) =>
    claimMany(state, root.epoch, deeds, cumulatives, proof, flags),
  );
}

/** Leaves in order with their multiproof. Nothing is proven of no leaves. */
export function drawBatch({ random }: Context, { tree, leaves }: Published, positions: readonly number[]) {
  if (positions.length === 0) return { leaves: [] as PublishedLeaf[], proof: [] as string[], flags: [] as boolean[] };
  const { order, proof, flags } = multiProofOf(tree, positions);
  const shown = order.map((position) => leaves[position]!);
  if (random.once(20)) shown[0] = { ...shown[0]!, cumulative: shown[0]!.cumulative + 1n };
  return { leaves: shown, proof: [...proof], flags: [...flags] };
}

/** Mostly the last root, at times one that is older, pending, disproved or never was committed. */
export function drawRoot(context: Context): Published | undefined {
  const { random, state } = context;
  if (context.published.length === 0) return undefined;
  const last = state.commits.at(-1);
  const latest = last && context.treeOf(last.root);
  return random.mostly(latest ? [latest] : [], context.published);
}

function isFresh({ state }: Context, { epoch }: Published, { kind, id: deed, cumulative }: PublishedLeaf): boolean {
  const claimed = state.deeds.get(deed)?.claimed;
  if (kind !== AVAILABILITY || claimed === undefined) return false;
  return cumulative > claimed && cumulative <= boundOf(state, deed, epoch);
}

function rewards(context: Context, call: string, args: readonly unknown[], model: Step["model"]): Step {
  return { sender: context.actor(), contract: "rewards", call, args, model };
}
