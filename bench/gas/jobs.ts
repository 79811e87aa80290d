import { type ContractTransactionReceipt, id } from "ethers";

import { assignmentDigest } from "../../keepers/protocol/assignment.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { compareLeaves, type LeafEntry, LeafKind } from "../../keepers/protocol/leaf.js";
import { indexOfLeaf } from "../../keepers/protocol/leafFile.js";
import { serviceId } from "../../keepers/protocol/serviceId.js";
import { ACTIVATION_DELAY, mined } from "./chain.js";
import { type CommittedEpoch, entriesAt, FULL_TREE, proposeEpoch, signCompact } from "./epochs.js";
import { buyDeeds, fund, priceOf } from "./market.js";
import { associate, nodeKey } from "./nodes.js";
import { quorumOfSet } from "./oracles.js";
import { NEVER } from "./people.js";
import { refreshFeed } from "./protocol.js";
import { NOW, SMALL_SET, type World } from "./world.js";

const LOW1 = 4;
const TERM = 30;
const EPOCHS = 90;
/** Better than the agreed 98 %: no penalty is kept. */
const SERVED = 252n;
/** Token id of the first deed sold after those of the world. */
const FIRST_SERVER = 352;

/** A developer that had a job before, and has R1 and allowance left over afterwards, creates another. */
export async function creating(world: World): Promise<ContractTransactionReceipt> {
  await prepareDeveloper(world);
  await createJob(world, 1);
  return createJob(world, 3);
}

/** The first deeds of a job: its start is written too. */
export function assigning(count: number): (world: World) => Promise<ContractTransactionReceipt> {
  return async (world) => {
    const deeds = await startServers(world, count);
    await prepareDeveloper(world);
    await createJob(world, count);
    return assign(world, 1n, deeds);
  };
}

/** The second term of a job that goes on, of as many owners as nodes, each of which was paid for the first. */
export function settling(count: number): (world: World) => Promise<ContractTransactionReceipt> {
  return async (world) => {
    const deeds = await startServers(world, count);
    await prepareDeveloper(world);
    await createJob(world, count);
    await assign(world, 1n, deeds);
    await settle(world, await serve(world, deeds, 1), deeds);
    return settle(world, await serve(world, deeds, 2), deeds);
  };
}

async function prepareDeveloper({ protocol, people }: World): Promise<void> {
  await refreshFeed(protocol);
  const plenty = 10n ** 24n / 1_000n;
  await fund(protocol, people.buyer, plenty);
  await protocol.r1.connect(people.buyer).approve(protocol.escrow.target, plenty);
}

async function createJob({ protocol, people }: World, nodes: number): Promise<ContractTransactionReceipt> {
  const specHash = id("bench: specification");
  const request = { specHash, class: LOW1, gpu: 0, nodes, epochs: EPOCHS, maxDeposit: 10n ** 21n, deadline: NEVER };
  return mined(protocol.escrow.connect(people.buyer).create(request));
}

/** A deed and a node for each of the first masters, who had no Node Deed. Gives their token ids. */
async function startServers(world: World, count: number): Promise<number[]> {
  const { chain, protocol, people } = world;
  await refreshFeed(protocol);
  const deeds: number[] = [];
  for (const [i, owner] of people.masters.slice(0, count).entries()) {
    const price = await priceOf(protocol, 1);
    await fund(protocol, owner, price);
    await buyDeeds(protocol, owner, 1, price);
    const tokenId = FIRST_SERVER + i;
    const deed = deedId(DeedKind.NODE, BigInt(tokenId));
    await associate(chain, protocol, { deed, owner, key: nodeKey(`server ${i}`), epoch: NOW });
    deeds.push(tokenId);
  }
  return deeds;
}

async function assign(world: World, jobId: bigint, joining: number[]): Promise<ContractTransactionReceipt> {
  const { chain, protocol, people } = world;
  const { chainId } = await chain.ethers.provider.getNetwork();
  const domain = { chainId, verifyingContract: (await protocol.escrow.getAddress()).toLowerCase() };
  const assignment = { jobId, sequence: 0, leaving: [], joining, deadline: NEVER };
  const digest = assignmentDigest(domain, assignment);
  const signatures = quorumOfSet(SMALL_SET).map((key) => signCompact(key, digest));
  return mined(protocol.escrow.connect(people.submitter).assign(assignment, signatures));
}

/** Ends a term in which all deeds served, and commits a full tree with a leaf for each. */
async function serve(world: World, deeds: readonly number[], term: number): Promise<CommittedEpoch> {
  const { chain, protocol, people } = world;
  const epoch = NOW + term * TERM;
  const services = deeds.map((deed): LeafEntry => ({
    kind: LeafKind.SERVICE,
    id: serviceLeafId(deed),
    cumulative: SERVED * BigInt(term * TERM),
  }));
  const entries = [...entriesAt(epoch, FULL_TREE), ...services.sort(compareLeaves)];
  const committer = { chain, protocol, signers: quorumOfSet(SMALL_SET), sender: people.submitter };
  const { committed } = await proposeEpoch(committer, epoch, entries);
  await chain.networkHelpers.time.increase(ACTIVATION_DELAY);
  return committed;
}

/** Anybody settles; one deed with its proof, several with a multiproof. */
async function settle(
  { protocol, people }: World,
  committed: CommittedEpoch,
  deeds: readonly number[],
): Promise<ContractTransactionReceipt> {
  const leaves = deeds.map((deed) => ({ deed, ...leafOf(committed, deed) })).sort((a, b) => a.index - b.index);
  const [first] = leaves;
  if (first === undefined) throw new Error("no deed is settled");
  const escrow = protocol.escrow.connect(people.submitter);
  const { epoch, tree } = committed;
  if (leaves.length === 1) {
    return mined(escrow.settle(1n, first.deed, epoch, first.cumulative, tree.proof(first.index)));
  }
  const { proof, proofFlags } = tree.multiproof(leaves.map(({ index }) => index));
  const receipt = await mined(
    escrow.settleMany(
      1n,
      epoch,
      leaves.map(({ deed }) => deed),
      leaves.map(({ cumulative }) => cumulative),
      [...proof],
      [...proofFlags],
    ),
  );
  const { topicHash } = escrow.getEvent("Settled").fragment;
  const settled = receipt.logs.filter((log) => log.topics[0] === topicHash).length;
  // A settlement that was passed over would look cheap.
  if (settled !== deeds.length) throw new Error(`${deeds.length - settled} of ${deeds.length} were passed over`);
  return receipt;
}

function leafOf({ file }: CommittedEpoch, deed: number): { index: number; cumulative: bigint } {
  const index = indexOfLeaf(file, LeafKind.SERVICE, serviceLeafId(deed));
  const entry = index === undefined ? undefined : file.entries[index];
  if (index === undefined || !entry) throw new Error(`deed ${deed} has no leaf for the job`);
  return { index, cumulative: entry.cumulative };
}

function serviceLeafId(deed: number): bigint {
  return BigInt(serviceId(1n, deedId(DeedKind.NODE, BigInt(deed))));
}
