import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { type Chain, openChain, type Signer } from "./chain.js";
import { claim } from "./claims.js";
import { commitEpoch, type CommittedEpoch, FULL_TREE, MASTER_START } from "./epochs.js";
import { buyDeeds, fund, priceOf } from "./market.js";
import { associate, nodeKey } from "./nodes.js";
import { addOracles, masterKey, quorumOfSet } from "./oracles.js";
import { approvePeople, castPeople, type People } from "./people.js";
import { deployProtocol, type Protocol, refreshFeed } from "./protocol.js";

/** A protocol that has been at work for three years: every measurement starts from here. */
export interface World {
  readonly chain: Chain;
  readonly protocol: Protocol;
  readonly people: People;
  /** The committed epochs that `EPOCHS` lists, by number. */
  readonly epochs: ReadonlyMap<number, CommittedEpoch>;
}

/** Oracles in the set. */
export const SMALL_SET = 5;

/** The first claims are made by this epoch, later ones so many epochs on. */
export const FIRST = 1;

/** The running epoch; the one before is the last committed. */
export const NOW = FIRST + 1080 + 1;

/** A deed in the middle of the holder's batch of 50, 301 to 350, that never had a node. */
export const FRESH_DEED = node(325);

/** Ten neighbours of the holder's batch, each with a live node since epoch 1. */
export const LIVE_DEEDS = Array.from({ length: 10 }, (_, i) => node(305 + i));

/** The newcomer's only deed, with a live node since epoch 1. */
export const NEWCOMER_DEED = node(351);

const GENESIS_DEED = deedId(DeedKind.GENESIS, 1n);
const EPOCHS = [FIRST, FIRST + 1, FIRST + 30, MASTER_START, MASTER_START + 365, NOW - 1];
const EARLY_PURCHASES = [100, 100, 100];
const HOLDERS_BATCH = 50;
const R1 = 10n ** 18n;
const MASTER_ALLOCATION = 2_000_000n * R1;

export async function buildWorld(): Promise<World> {
  const chain = await openChain();
  const people = await castPeople(chain);
  const protocol = await deployProtocol(chain, people.governor);
  const site = { chain, people, protocol };
  await approvePeople(protocol, people);
  await issueToMasters(site);
  await fillPools(site);
  await sellDeeds(site);
  await startNodes(site);
  return { ...site, epochs: await commitHistory(site) };
}

type Site = Omit<World, "epochs">;

function node(tokenId: number): bigint {
  return deedId(DeedKind.NODE, BigInt(tokenId));
}

/** Before epoch 0: the Master Node Deeds and the Genesis deed, a live node for each, and the first oracles. */
async function issueToMasters({ chain, protocol, people }: Site): Promise<void> {
  for (const [i, owner] of people.masters.entries()) {
    await protocol.masterDeed.issue(owner.address, MASTER_ALLOCATION);
    const deed = deedId(DeedKind.MASTER, BigInt(i + 1));
    await associate(chain, protocol, { deed, owner, key: masterKey(i + 1), epoch: 0 });
  }
  await protocol.genesisDeed.issue(people.genesis.address);
  await associate(chain, protocol, { deed: GENESIS_DEED, owner: people.genesis, key: nodeKey("genesis"), epoch: 0 });
  await addOracles(protocol, 0, SMALL_SET);
}

/** After epoch 0 the Genesis deed's claim puts the first R1 into the treasury pools. */
async function fillPools({ chain, protocol, people }: Site): Promise<void> {
  const { committed } = await commitEpoch({ chain, protocol, ...committers(people) }, 0, 1);
  await claim(protocol, people.submitter, committed, GENESIS_DEED);
}

/** In epoch 1; the newcomer spends its last wei. */
async function sellDeeds({ protocol, people }: Site): Promise<void> {
  await refreshFeed(protocol);
  for (const count of EARLY_PURCHASES) await buyFor(protocol, people.early, count, R1);
  await buyFor(protocol, people.holder, HOLDERS_BATCH, R1);
  await buyFor(protocol, people.newcomer, 1, 0n);
}

/** Funds the buyer with the price and `change` wei beyond it. */
async function buyFor(protocol: Protocol, buyer: Signer, count: number, change: bigint): Promise<void> {
  const price = await priceOf(protocol, count);
  await fund(protocol, buyer, price + change);
  await buyDeeds(protocol, buyer, count, price);
}

async function startNodes({ chain, protocol, people }: Site): Promise<void> {
  for (const deed of LIVE_DEEDS) {
    await associate(chain, protocol, { deed, owner: people.holder, key: nodeKey(`of deed ${deed}`), epoch: FIRST });
  }
  const key = nodeKey("newcomer");
  await associate(chain, protocol, { deed: NEWCOMER_DEED, owner: people.newcomer, key, epoch: FIRST });
}

async function commitHistory({ chain, protocol, people }: Site): Promise<ReadonlyMap<number, CommittedEpoch>> {
  const epochs = new Map<number, CommittedEpoch>();
  for (const epoch of EPOCHS) {
    const { committed } = await commitEpoch({ chain, protocol, ...committers(people) }, epoch, FULL_TREE);
    epochs.set(epoch, committed);
  }
  return epochs;
}

function committers({ submitter }: People) {
  return { sender: submitter, signers: quorumOfSet(SMALL_SET) };
}
