/** What happened before the fork: some weeks of the protocol, on the chain that it was deployed to. */
import { type ContractTransaction, parseEther, type Wallet } from "ethers";

import { addressOf } from "../../keepers/chain/deployment.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import type { LeafFile } from "../../keepers/protocol/leafFile.js";
import { pass } from "./chain.js";
import {
  approve,
  assign,
  associate,
  available,
  buy,
  claim,
  commit,
  commitAndActivate,
  createJob,
  DAY,
  FULL,
  GND,
  mined,
  ND,
  scheduleAsCouncil,
  served,
  settle,
  type World,
} from "./world.js";
import { nodeKey } from "./cast.js";

/** Where R1 has its price from. */
export interface Market {
  /** What there is to do once R1 exist and before they have a price; gives the parameters that governance changed by it. */
  open(world: World): Promise<Readonly<Record<string, string>>>;
  /** Keeps the price from growing too old, where somebody has to. */
  refresh(world: World): Promise<void>;
}

/** What the tests find. */
export interface History {
  /** The last root that is active, and the one that is pending. */
  readonly active: LeafFile;
  readonly pending: LeafFile;
  /** One that is over and half settled, one that runs, one that waits for nodes. */
  readonly jobs: { readonly ended: bigint; readonly running: bigint; readonly waiting: bigint };
  /** First epoch that the jobs with nodes are paid for. */
  readonly start: bigint;
  /** What governance scheduled. */
  readonly scheduled: ContractTransaction;
  /** Parameters that are others by now. */
  readonly changed: Readonly<Record<string, string>>;
}

export const JOB_EPOCHS = 30;
export const RUNNING_EPOCHS = 60;
/** Of the deed that did not serve well, in bytes an epoch. */
export const POOR = 230n;
const FIRST_EPOCH = 9n;
const MASTER_ALLOCATION = parseEther("1000000");
const GRANT = parseEther("100000");
const WORK = "market making";

/** Done by the deployer while it still governs, before the genesis. */
export async function found(world: World): Promise<void> {
  const { contracts, cast } = world;
  const { deployer, foundation, oracleOwners, oracles, buyer, otherBuyer } = cast;
  for (const { address } of [foundation, buyer, otherBuyer, ...oracleOwners]) await approve(world, address);
  for (const [index, owner] of oracleOwners.entries()) {
    await mined(contracts.masterNodeDeed.connect(deployer).issue(owner.address, MASTER_ALLOCATION));
    await associate(world, deedId(DeedKind.MASTER, BigInt(index + 1)), owner, oracles[index]!);
    await mined(contracts.oracleRegistry.connect(deployer).addOracle(oracles[index]!.address));
  }
  await mined(contracts.genesisNodeDeed.connect(deployer).issue(foundation.address));
  await associate(world, GND, foundation, nodeKey(0));
}

/** From the genesis to the block that is forked: sales, associations, roots, claims, jobs, a ban, a scheduled operation. */
export async function live(world: World, market: Market): Promise<History> {
  const { contracts, cast } = world;
  const first = await commitAndActivate(world, FIRST_EPOCH, [available(GND, FULL * (FIRST_EPOCH + 1n))]);
  await claim(world, first, GND);
  const changed = await market.open(world);
  await release(world, [cast.buyer, cast.otherBuyer, cast.developer]);
  await market.refresh(world);
  await sell(world);
  const jobs = {
    ended: await createJob(world, 2, JOB_EPOCHS),
    running: await createJob(world, 1, RUNNING_EPOCHS),
    waiting: 0n,
  };
  jobs.waiting = await createJob(world, 3, JOB_EPOCHS);
  await assign(world, { jobId: jobs.ended, leaving: [], joining: [1, 4] });
  await assign(world, { jobId: jobs.running, leaving: [], joining: [2] });
  const { start } = await contracts.jobEscrow.jobOf(jobs.ended);
  const epochs = BigInt(JOB_EPOCHS);
  const last = start + epochs - 1n;
  const active = await commitAndActivate(world, last, [
    available(GND, FULL * (last + 1n)),
    ...[1, 2, 3, 4].map((token) => available(ND(token), FULL * epochs)),
    served(jobs.ended, 1, FULL * epochs),
    served(jobs.ended, 4, POOR * epochs),
    served(jobs.running, 2, FULL * epochs),
  ]);
  await claim(world, active, ND(1));
  await mined(contracts.operatorRegistry.connect(cast.compliance).ban(cast.otherBuyer.address, "sanctions list"));
  await settle(world, active, jobs.ended, 4);
  const { price, ...offer } = asOffer(await contracts.resourceCatalog.classOf(1));
  const scheduled = await contracts.resourceCatalog.setClass.populateTransaction(1, "MICRO", {
    ...offer,
    price: price * 2n,
  });
  await scheduleAsCouncil(world, scheduled);
  const changes = [1, 2, 3].map((token) => available(ND(token), FULL * (epochs + 1n)));
  const pending = await commit(world, last + 1n, [...changes, served(jobs.running, 2, FULL * (epochs + 1n))]);
  return { active, pending, jobs, start, scheduled, changed };
}

/** The treasurer releases R1 of the liquidity pool: scheduled, and sent when its delay is over. */
async function release(world: World, accounts: readonly Wallet[]): Promise<void> {
  const { accessManager, pools } = world.contracts;
  const { treasurer } = world.cast;
  const pool = addressOf(world.deployment, "LiquidityPool");
  const encode = ({ address }: Wallet) =>
    pools.liquidity.interface.encodeFunctionData("release", [address, GRANT, WORK]);
  for (const account of accounts) await mined(accessManager.connect(treasurer).schedule(pool, encode(account), 0));
  await pass(world.chain, DAY);
  for (const { address } of accounts) await mined(pools.liquidity.connect(treasurer).release(address, GRANT, WORK));
}

/** Five deeds of two operators; the last one gets no node. */
async function sell(world: World): Promise<void> {
  const { buyer, otherBuyer } = world.cast;
  await buy(world, buyer, 3);
  await buy(world, otherBuyer, 2);
  for (const token of [1, 2, 3]) await associate(world, ND(token), buyer, nodeKey(token));
  await associate(world, ND(4), otherBuyer, nodeKey(4));
}

/** A class as `setClass` takes it. */
function asOffer(terms: Awaited<ReturnType<World["contracts"]["resourceCatalog"]["classOf"]>>) {
  const { price, milliCpu, memoryMiB, diskMiB, isGpu, isOffered } = terms;
  return { price, milliCpu, memoryMiB, diskMiB, isGpu, isOffered };
}
