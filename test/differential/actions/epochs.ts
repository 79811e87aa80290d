import { id, MaxUint256, type Signature, ZeroHash } from "ethers";

import { boundOf } from "../model/deeds.js";
import { commit, disprove, latestOf, pendingOf, type Report, reportDigest, type Shown } from "../model/ledger.js";
import { AVAILABILITY, deedId, proofOf, rootOf, SERVICE, serviceId, treeOf } from "../model/merkle.js";
import { byAddress, oracleSet, quorumOf } from "../model/oracles.js";
import { currentEpoch } from "../model/state.js";
import { type Action, compact, type Context, type Published, type PublishedLeaf, type Step } from "../walk/context.js";

export const EPOCH_ACTIONS: readonly Action[] = [
  { name: "commit", weight: 26, draw: drawCommit },
  { name: "disprove", weight: 6, draw: drawDisprove, isUrgent: (state) => pendingOf(state) !== undefined },
];

const FULL = 255;
/** Near enough to the largest number of 256 bits, and one more still is one. */
const LARGEST = MaxUint256 - 3n;

// ---------------------------------------------------------------- commits

function drawCommit(context: Context): Step {
  const { random, state } = context;
  const last = latestOf(state);
  const ended = currentEpoch(state) - 1;
  const epoch = random.once(10) ? random.pick([last?.epoch ?? 0, ended + 1]) : Math.max(0, ended);
  const leaves = drawLeaves(context, epoch);
  const tree = treeOf(leaves);
  context.published.push({ epoch, tree, leaves });
  const report: Report = {
    epoch,
    previousRoot: random.once(15) ? id("another root") : (last?.root ?? ZeroHash),
    root: random.once(20) ? ZeroHash : rootOf(tree),
    dataHash: id(`leaf file ${epoch}`),
    leafCount: leaves.length,
  };
  const signatures = signByQuorum(context, reportDigest(state, report));
  return ledger(context, "commit", [report, signatures.map(compact)], (after) => commit(after, report, signatures));
}

/** A quorum's, or more; at times too few, out of order, twice the same, or with a stranger among them. */
export function signByQuorum(context: Context, digest: string): Signature[] {
  const { random, state, cast } = context;
  const set = oracleSet(state);
  const quorum = quorumOf(state);
  const kind = random.below(24);
  const spare = Math.max(0, set.length - quorum);
  const count = kind === 0 ? quorum - 1 : quorum + random.below(spare + 1);
  const first = random.below(Math.max(0, set.length - count) + 1);
  const signers = set.slice(first, first + count);
  if (kind === 1) signers.reverse();
  if (kind === 2) signers.splice(1, 1, ...signers.slice(0, 1));
  if (kind === 3) signers.splice(0, 1, random.pick(cast.nodes));
  if (kind === 4) signers.splice(0, 1, random.pick(cast.actors));
  if (kind === 3) signers.sort(byAddress);
  return signers.map((signer) => context.sign(signer, digest));
}

/** What an honest quorum would sign, and in one of three cases something worse. */
function drawLeaves(context: Context, epoch: number): PublishedLeaf[] {
  const { random, state } = context;
  const root = latestOf(state)?.root;
  const before = root === undefined ? undefined : context.treeOf(root);
  const leaves = [...availability(context, epoch, before), ...service(context, epoch, before)];
  if (leaves.length === 0) leaves.push({ kind: AVAILABILITY, id: deedId(1n, 1), cumulative: 0n });
  if (!random.once(3)) return sorted(leaves);
  const strange = [deedId(0n, 3), deedId(4n, 3), deedId(1n, 9_999_999)].map((deed) => leafOf(deed, 300n));
  const worse = leaves.map((leaf) => (random.once(3) ? { ...leaf, cumulative: absurd(context, leaf) } : leaf));
  return sorted(random.once(2) ? worse : [...worse, ...strange.slice(random.below(3))]);
}

function availability(context: Context, epoch: number, before?: Published): PublishedLeaf[] {
  const { state } = context;
  const seen = context.deeds().filter((deed) => state.deeds.get(deed)!.firstEpoch !== undefined);
  return seen.map((deed) => {
    const grown = grow(context, epoch, before, deed);
    const bound = boundOf(state, deed, epoch);
    return leafOf(deed, grown < bound ? grown : bound);
  });
}

/** A deed that has a place, or had one, has a leaf, if only of zero. */
function service(context: Context, epoch: number, before?: Published): PublishedLeaf[] {
  return context.state.jobs.flatMap(({ stints }, index) => {
    const tokens = [...new Set(stints.map(({ token }) => token))];
    return tokens.map((token): PublishedLeaf => {
      const leaf = serviceId(index + 1, token);
      const cumulative = grow(context, epoch, before, leaf);
      return { kind: SERVICE, id: leaf, cumulative, jobId: index + 1, token };
    });
  });
}

/** Mostly full, else anything that an epoch can hold, over the epochs since the root before. */
function grow({ random }: Context, epoch: number, before: Published | undefined, leafId: bigint): bigint {
  const sum = before?.leaves.find((leaf) => leaf.id === leafId)?.cumulative ?? 0n;
  const epochs = Math.max(0, epoch - (before?.epoch ?? -1));
  const byte = random.once(3) ? random.below(FULL + 1) : random.pick([FULL, FULL, 253, 249]);
  return fitting(sum + BigInt(byte * epochs));
}

function absurd({ random, state }: Context, { cumulative }: PublishedLeaf): bigint {
  const allOfIt = BigInt(FULL * (currentEpoch(state) + 1));
  const far = [0n, cumulative + 256n, allOfIt, allOfIt + 1n, 2n ** 32n + 5n, LARGEST, cumulative / 2n];
  return fitting(random.pick(far));
}

function fitting(sum: bigint): bigint {
  return sum < LARGEST ? sum : LARGEST;
}

function leafOf(deed: bigint, cumulative: bigint): PublishedLeaf {
  return { kind: AVAILABILITY, id: deed, cumulative };
}

function sorted(leaves: readonly PublishedLeaf[]): PublishedLeaf[] {
  return [...leaves].sort((a, b) => a.kind - b.kind || (a.id < b.id ? -1 : 1));
}

// ---------------------------------------------------------------- disproofs

/** Mostly of a leaf that is wrong, where there is one. */
function drawDisprove(context: Context): Step | undefined {
  const { random, state } = context;
  const target = pendingOf(state) ?? latestOf(state);
  const published = target && context.treeOf(target.root);
  if (!published || (pendingOf(state) === undefined && !random.once(6))) return undefined;
  const root = state.commits.at(-2)?.root;
  const earlier = root === undefined ? undefined : context.treeOf(root);
  const wrong = published.leaves.filter((leaf) => isWrong(leaf, published.epoch, earlier));
  const leaf = random.mostly(wrong, published.leaves);
  const after = show(published, leaf);
  const known = earlier?.leaves.find(({ kind, id: leafId }) => kind === leaf.kind && leafId === leaf.id);
  const before = earlier && known && !random.once(8) ? show(earlier, known) : nothing(leaf);
  const [first, second] = [spoil(context, before), spoil(context, after)];
  const args = [leaf.kind, leaf.id, first.leaf.cumulative, first.proof, second.leaf.cumulative, second.proof];
  return ledger(context, "disprove", args, (then) => disprove(then, first, second));
}

function isWrong({ id: leafId, cumulative }: PublishedLeaf, epoch: number, earlier?: Published): boolean {
  const before = earlier?.leaves.find((leaf) => leaf.id === leafId)?.cumulative;
  const growth = cumulative - (before ?? 0n);
  const epochs = before === undefined ? epoch + 1 : epoch - earlier!.epoch;
  return growth < 0n || growth > BigInt(FULL * epochs);
}

function show({ tree, leaves }: Published, leaf: PublishedLeaf): Shown {
  return { leaf, proof: proofOf(tree, leaves.indexOf(leaf)) };
}

function nothing({ kind, id: leafId }: PublishedLeaf): Shown {
  return { leaf: { kind, id: leafId, cumulative: 0n }, proof: [] };
}

/** Now and then a sum or a proof that does not fit. */
function spoil({ random }: Context, { leaf, proof }: Shown): Shown {
  if (random.once(15)) return { leaf: { ...leaf, cumulative: leaf.cumulative + 1n }, proof };
  return random.once(15) ? { leaf, proof: [...proof, id("a stranger's hash")] } : { leaf, proof };
}

function ledger(context: Context, call: string, args: readonly unknown[], model: Step["model"]): Step {
  return { sender: context.actor(), contract: "ledger", call, args, model };
}
