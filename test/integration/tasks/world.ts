/**
 * The protocol on the in-process chain that tasks connect to, with three oracles, and a buyer that has R1. Tests run tasks
 * as `npx hardhat` does, and see what they print.
 */
import { mkdtempSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { id, parseEther, TypedDataEncoder, Wallet } from "ethers";
import hre from "hardhat";

import Development from "../../../deploy/modules/Development.js";
import { connectContracts } from "../../../keepers/chain/contracts.js";
import { deploymentFrom } from "../../../keepers/chain/deployment.js";
import { DeedKind, deedId } from "../../../keepers/protocol/deedId.js";
import { type LeafEntry, LeafKind } from "../../../keepers/protocol/leaf.js";
import { dataHash, encodeLeafFile, treeOf } from "../../../keepers/protocol/leafFile.js";
import { associationData, epochReportData } from "../../../keepers/protocol/typedData.js";
import type { TaskResult } from "../../../tasks/lib/action.js";

export const connection = await hre.network.getOrCreate();
export const { ethers, networkHelpers } = connection;

/** Files of a test run. */
export const folder = mkdtempSync(join(tmpdir(), "r1-tasks-"));

export const EPOCH = 1_000n;
/** Seconds. */
export const ACTIVATION_DELAY = 2;
export const ANSWER_WINDOW = 20;
export const ND = (token: number): bigint => deedId(DeedKind.NODE, BigInt(token));

const POOLS = ["liquidityPool", "expensesPool", "marketingPool", "grantsPool", "socialResponsibilityPool"];
const YEARS = 10 * 365 * 86_400;

export interface Run {
  readonly result: TaskResult;
  /** What went to standard output and to standard error. */
  readonly output: string;
  readonly errors: string;
}

/** Runs a task and captures what it prints. */
export async function run(id: string, args: Readonly<Record<string, unknown>>): Promise<Run> {
  return captured(() => hre.tasks.getTask(id).run(args) as Promise<TaskResult>);
}

/** Captures what is printed while something runs. */
export async function captured(work: () => Promise<TaskResult>): Promise<Run> {
  const streams = [process.stdout, process.stderr] as const;
  const originals = streams.map((stream) => stream.write.bind(stream));
  const texts = ["", ""];
  streams.forEach((stream, index) => {
    stream.write = (chunk: string | Uint8Array) => {
      texts[index] = `${texts[index]!}${chunk.toString()}`;
      return true;
    };
  });
  try {
    const result = await work();
    return { result, output: texts[0]!, errors: texts[1]! };
  } finally {
    streams.forEach((stream, index) => (stream.write = originals[index] as typeof stream.write));
  }
}

/** What a task that has to succeed answers, with what it printed. */
export async function succeed(id: string, args: Readonly<Record<string, unknown>>) {
  const { result, output, errors } = await run(id, args);
  if (!result.success) throw new Error(`${id} failed: ${errors}`);
  return { value: result.value, output };
}

/** The sentence that a task which has to fail prints. */
export async function fail(id: string, args: Readonly<Record<string, unknown>>): Promise<string> {
  const { result, errors } = await run(id, args);
  if (result.success) throw new Error(`${id} succeeded: ${JSON.stringify(result.value, (_, v: unknown) => String(v))}`);
  if (errors !== `Error: ${result.error.message}\n`) throw new Error(`printed ${errors} for ${result.error.message}`);
  return result.error.message;
}

export type World = Awaited<ReturnType<typeof deployWorld>>;

/** Given: roles apart, three approved oracle owners with MNDs, nodes and oracles, and an approved buyer with 20,000 R1. */
export async function deployWorld() {
  const signers = await ethers.getSigners();
  const [governance, guardian, compliance, treasurer, buyer, stranger, foundation, ...others] = signers;
  const deployment = await deployContracts([guardian!.address, compliance!.address, treasurer!.address]);
  // Each its own: a fixture that is loaded again finds the addresses of its own chain state.
  const path = join(folder, `deployment-${deployment.contracts["R1"] ?? ""}.json`);
  await writeFile(path, JSON.stringify(deployment));
  const contracts = connectContracts(deployment, governance!);
  const world = {
    accounts: {
      governance: governance!,
      guardian: guardian!,
      compliance: compliance!,
      buyer: buyer!,
      stranger: stranger!,
      foundation: foundation!,
      oracleOwners: others.slice(0, 3),
    },
    oracles: [1, 2, 3].map((i) => new Wallet(id(`oracle ${i}`))),
    chainId: BigInt(deployment.chainId),
    deployment: path,
    contracts,
  };
  for (const { address } of [buyer!, foundation!, ...world.accounts.oracleOwners]) await approve(world, address);
  await fund(world, buyer!.address, parseEther("20000"));
  await addOracles(world);
  return world;
}

async function deployContracts([guardian, compliance, treasurer]: string[]) {
  const genesis = BigInt(await networkHelpers.time.latest());
  const parameters = {
    genesis,
    epochDuration: EPOCH,
    activationDelay: BigInt(ACTIVATION_DELAY),
    answerWindow: BigInt(ANSWER_WINDOW),
    reassociationDelay: EPOCH,
    nodeDeedStart: 0n,
    nodeDeedDuration: 1080n,
    masterNodeDeedStart: 0n,
    masterNodeDeedDuration: 677n,
    genesisNodeDeedStart: 0n,
    genesisNodeDeedDuration: 365n,
    jobTerm: 2n,
    feedPrice: 50_000_000n,
    feedMaxAge: 86_400n,
    feedLeast: 1_000_000n,
    feedMost: 10_000_000_000n,
    guardian: guardian!,
    compliance: compliance!,
    treasurer: treasurer!,
    ...(Object.fromEntries(POOLS.map((pool) => [`${pool}UnlockTime`, genesis])) as object),
    ...(Object.fromEntries(POOLS.map((pool) => [`${pool}Milestones`, []])) as object),
  };
  const deployed = await connection.ignition.deploy(Development, { parameters: { Development: parameters } });
  const addresses = Object.entries(deployed).map(async ([name, contract]) => [name, await contract.getAddress()]);
  return deploymentFrom(31_337, Object.fromEntries(await Promise.all(addresses)) as Record<string, string>);
}

type Base = Pick<World, "accounts" | "contracts" | "chainId">;

async function approve({ contracts, accounts }: Base, operator: string): Promise<void> {
  const until = (await networkHelpers.time.latest()) + YEARS;
  await contracts.operatorRegistry.connect(accounts.compliance).approve(operator, until, 1);
}

/** R1 as only the rewards contract can make it. */
async function fund({ contracts }: Base, account: string, amount: bigint): Promise<void> {
  const minter = await contracts.availabilityRewards.getAddress();
  await networkHelpers.setBalance(minter, parseEther("1"));
  await networkHelpers.impersonateAccount(minter);
  await contracts.r1.connect(await ethers.getSigner(minter)).mint(account, amount);
  await networkHelpers.stopImpersonatingAccount(minter);
}

async function addOracles(world: Base & { readonly oracles: readonly Wallet[] }): Promise<void> {
  const { contracts, accounts, oracles } = world;
  for (const [i, oracle] of oracles.entries()) {
    const owner = accounts.oracleOwners[i]!;
    await contracts.masterNodeDeed.issue(owner.address, parseEther("1000"));
    await associate(world, deedId(DeedKind.MASTER, BigInt(i + 1)), owner, oracle);
    await contracts.oracleRegistry.addOracle(oracle.address);
  }
}

/** Associates a node directly, without a task. */
export async function associate(
  { contracts, chainId }: Base,
  deed: bigint,
  owner: World["accounts"]["buyer"],
  node: Wallet,
): Promise<void> {
  const deadline = BigInt(await networkHelpers.time.latest()) + EPOCH - 1n;
  const verifyingContract = await contracts.nodeRegistry.getAddress();
  const data = associationData({ chainId, verifyingContract }, { deed, owner: owner.address, deadline });
  const signature = await node.signTypedData(data.domain, data.types, data.value);
  await contracts.nodeRegistry.connect(owner).associate(deed, node.address, deadline, signature);
}

/** Given: the buyer bought `count` deeds; each has a node. */
export async function buyAndAssociate(world: World, count: number): Promise<void> {
  const { contracts, accounts } = world;
  const { payment } = await contracts.nodeDeedSale.quote(count);
  const deadline = (await networkHelpers.time.latest()) + 600;
  await contracts.r1.connect(accounts.buyer).approve(contracts.nodeDeedSale, payment);
  await contracts.nodeDeedSale.connect(accounts.buyer).buy(count, payment, deadline, accounts.buyer.address);
  for (let token = 1; token <= count; token++) {
    await associate(world, ND(token), accounts.buyer, nodeKey(token));
  }
}

/** Ends the running epoch and commits it with these sums of bytes per deed; waits until it is active. Gives the leaf file's path. */
export async function commitEpoch(world: World, sums: readonly (readonly [bigint, bigint])[], active = true) {
  const entries = sums.map(([id, cumulative]) => ({ kind: LeafKind.AVAILABILITY, id, cumulative }));
  return commitLeaves(world, entries, active);
}

/** The same with leaves of any kind. */
export async function commitLeaves(world: World, entries: readonly LeafEntry[], active = true) {
  const { contracts, chainId, oracles } = world;
  const ledger = (await contracts.epochLedger.getAddress()).toLowerCase();
  const epoch = await contracts.epochLedger.currentEpoch();
  await networkHelpers.time.increaseTo(await contracts.epochLedger.epochEnd(epoch));
  const { root: previousRoot } = await contracts.epochLedger.latest();
  const file = { chainId, ledger, epoch, previousRoot, entries };
  const bytes = encodeLeafFile(file);
  const tree = treeOf(file);
  const report = { epoch, previousRoot, root: tree.root, dataHash: dataHash(bytes), leafCount: BigInt(entries.length) };
  const data = epochReportData({ chainId, verifyingContract: ledger }, report);
  const sorted = [...oracles].sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
  const signatures = sorted.map((oracle) => {
    const { r, yParityAndS: vs } = oracle.signingKey.sign(TypedDataEncoder.hash(data.domain, data.types, data.value));
    return { r, vs };
  });
  const { hash } = await contracts.epochLedger.commit(report, signatures);
  if (active) await networkHelpers.time.increase(ACTIVATION_DELAY);
  const leaves = join(folder, `leaves-${epoch.toString()}.bin`);
  await writeFile(leaves, bytes);
  return { epoch, leaves, tree, file, report, txHash: hash };
}

/** The key of the node that `buyAndAssociate` gives the deed with this number. */
export function nodeKey(token: number): Wallet {
  return new Wallet(id(`node ${token}`));
}
