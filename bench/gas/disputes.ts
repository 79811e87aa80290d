import type { ContractTransactionReceipt } from "ethers";

import type { LeafEntry } from "../../keepers/protocol/leaf.js";
import { answerDigest, epochReportDigest } from "../../keepers/protocol/typedData.js";
import { ANSWER_WINDOW, mined } from "./chain.js";
import { entriesAt, FULL_TREE, leafOf, ledgerDomain, proposeEpoch, signCompact } from "./epochs.js";
import { addOracles, masterKey, quorumOfSet } from "./oracles.js";
import { MASTERS } from "./people.js";
import { LIVE_DEEDS, NOW, SMALL_SET, type World } from "./world.js";

const ACCUSED = masterKey(1);
const ONE = `0x${"11".repeat(32)}`;
const OTHER = `0x${"22".repeat(32)}`;

/** A full set commits a full tree in which one deed has one byte too many; anybody shows it with two proofs of 16 hashes. */
export async function disproving(world: World): Promise<ContractTransactionReceipt> {
  const { chain, protocol, people } = world;
  await growSet(world);
  const previous = world.epochs.get(NOW - 1);
  if (!previous) throw new Error(`epoch ${NOW - 1} is not among the committed ones`);
  const deed = LIVE_DEEDS[5] as bigint;
  const before = leafOf(previous, deed);
  const committer = { chain, protocol, signers: quorumOfSet(MASTERS), sender: people.submitter };
  const { committed } = await proposeEpoch(committer, NOW, withTooMuch(before.index, before.cumulative));
  const { cumulative } = leafOf(committed, deed);
  const [proofBefore, proofAfter] = [previous.tree.proof(before.index), committed.tree.proof(before.index)];
  const { kind, id } = committed.file.entries[before.index] as LeafEntry;
  const ledger = protocol.ledger.connect(people.submitter);
  return mined(ledger.disprove(kind, id, before.cumulative, proofBefore, cumulative, proofAfter));
}

/** One of a full set signed two roots. */
export async function reportingEquivocation(world: World): Promise<ContractTransactionReceipt> {
  const { chain, protocol, people } = world;
  await growSet(world);
  const domain = await ledgerDomain(chain, protocol);
  const signed = (root: string) => {
    const report = { epoch: BigInt(NOW), previousRoot: ONE, root, dataHash: ONE, leafCount: BigInt(FULL_TREE) };
    return [report, signCompact(ACCUSED, epochReportDigest(domain, report))] as const;
  };
  return mined(protocol.oracles.connect(people.submitter).reportEquivocation(...signed(ONE), ...signed(OTHER)));
}

/** An oracle that was never challenged. */
export async function challenging(world: World): Promise<ContractTransactionReceipt> {
  await growSet(world);
  return mined(world.protocol.oracles.connect(world.people.submitter).challenge(ACCUSED.address));
}

/** Somebody brings the first answer of an oracle. */
export async function answering(world: World): Promise<ContractTransactionReceipt> {
  const { chain, protocol, people } = world;
  await challenging(world);
  const { deadline } = await protocol.oracles.challengeOf(ACCUSED.address);
  const { chainId } = await chain.ethers.provider.getNetwork();
  const domain = { chainId, verifyingContract: (await protocol.oracles.getAddress()).toLowerCase() };
  const signature = signCompact(ACCUSED, answerDigest(domain, { oracle: ACCUSED.address, deadline }));
  return mined(protocol.oracles.connect(people.submitter).answer(ACCUSED.address, signature));
}

/** One of a full set did not answer. */
export async function removingSilent(world: World): Promise<ContractTransactionReceipt> {
  await challenging(world);
  await world.chain.networkHelpers.time.increase(ANSWER_WINDOW);
  return mined(world.protocol.oracles.connect(world.people.submitter).removeSilent(ACCUSED.address));
}

async function growSet({ protocol }: World): Promise<void> {
  await addOracles(protocol, SMALL_SET, MASTERS);
}

/** The leaves of the running epoch, but for one that grew by 256. */
function withTooMuch(index: number, before: bigint): LeafEntry[] {
  return entriesAt(NOW, FULL_TREE).map((entry, i) => (i === index ? { ...entry, cumulative: before + 256n } : entry));
}
