/** The protocol on some chain, and what people do with it: every step a transaction of theirs, nothing made up. */
import {
  Contract,
  ContractFactory,
  type ContractTransaction,
  type ContractTransactionResponse,
  id,
  type Wallet,
} from "ethers";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { ProtocolContracts } from "../../keepers/chain/contracts.js";
import { addressOf, type Deployment } from "../../keepers/chain/deployment.js";
import { type Assignment, assignmentData } from "../../keepers/protocol/assignment.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { type LeafEntry, LeafKind } from "../../keepers/protocol/leaf.js";
import { dataHash, encodeLeafFile, indexOfLeaf, type LeafFile, treeOf } from "../../keepers/protocol/leafFile.js";
import { serviceId } from "../../keepers/protocol/serviceId.js";
import { associationData, epochReportData, type TypedData, typedDataDigest } from "../../keepers/protocol/typedData.js";
import type { Cast } from "./cast.js";
import { type Chain, pass, passUntil, timeOf } from "./chain.js";

export interface World {
  readonly chain: Chain;
  readonly deployment: Deployment;
  readonly contracts: ProtocolContracts;
  readonly cast: Cast;
  /** The contract that governs. */
  readonly council: string;
  /** Every committed leaf file, oldest first; disproved ones are taken out. */
  readonly files: LeafFile[];
}

export const ND = (token: number): bigint => deedId(DeedKind.NODE, BigInt(token));
export const GND = deedId(DeedKind.GENESIS, 1n);
export const FULL = 255n;
export const DAY = 86_400n;

const QUORUM = 3;
const YEARS = 10n * 365n * DAY;
const CONSENT_SECONDS = 600n;
const PERSON = 1;
const ZERO_HASH = `0x${"0".repeat(64)}`;
/** Of the release that OpenZeppelin ships compiled: a contract that governs through others, as a multisig does. */
const TIMELOCK = createRequire(import.meta.url).resolve(
  "@openzeppelin/contracts/build/contracts/TimelockController.json",
);

const { abi: timelockAbi, bytecode: timelockCode } = JSON.parse(readFileSync(TIMELOCK, "utf8")) as {
  readonly abi: string[];
  readonly bytecode: string;
};

export async function mined(sending: Promise<ContractTransactionResponse>) {
  const receipt = await (await sending).wait();
  if (receipt === null) throw new Error("the transaction was not mined");
  return receipt;
}

/** A contract that does what its one owner says, at once: the delay is the AccessManager's. */
export async function deployCouncil({ deployer, councillor }: Cast): Promise<string> {
  const owners = [councillor.address];
  const factory = new ContractFactory(timelockAbi, timelockCode, deployer);
  const council = await factory.deploy(0, owners, owners, `0x${"0".repeat(40)}`);
  await council.waitForDeployment();
  return council.getAddress();
}

/** The council sends a call. */
export async function councilSends({ council, cast }: World, { to, data }: Pick<ContractTransaction, "to" | "data">) {
  const contract = new Contract(council, timelockAbi, cast.councillor);
  const salt = id(String(await cast.councillor.getNonce()));
  const send = async (name: string, ...args: unknown[]) =>
    mined(contract.getFunction(name)(...args) as Promise<ContractTransactionResponse>);
  await send("schedule", to, 0, data, ZERO_HASH, salt, 0);
  return send("execute", to, 0, data, ZERO_HASH, salt);
}

/** The council has the manager note a restricted call. */
export async function scheduleAsCouncil(world: World, call: ContractTransaction): Promise<void> {
  const { accessManager } = world.contracts;
  await councilSends(world, await accessManager.schedule.populateTransaction(call.to, call.data, 0));
}

/** Governance from end to end: scheduled, waited for, done. */
export async function governs(world: World, call: ContractTransaction): Promise<void> {
  await scheduleAsCouncil(world, call);
  await pass(world.chain, 2n * DAY);
  await councilSends(world, call);
}

export async function approve(world: World, operator: string): Promise<void> {
  const until = (await timeOf(world.chain)) + YEARS;
  await mined(world.contracts.operatorRegistry.connect(world.cast.compliance).approve(operator, until, PERSON));
}

/** The node's key consents, the owner sends. */
export async function associate({ chain, contracts, deployment }: World, deed: bigint, owner: Wallet, node: Wallet) {
  const deadline = (await timeOf(chain)) + CONSENT_SECONDS;
  const domain = { chainId: chain.chainId, verifyingContract: addressOf(deployment, "NodeRegistry") };
  const { domain: signed, types, value } = associationData(domain, { deed, owner: owner.address, deadline });
  const signature = await node.signTypedData(signed, types, value);
  return mined(contracts.nodeRegistry.connect(owner).associate(deed, node.address, deadline, signature));
}

/** Buys at the quote. */
export async function buy({ chain, contracts, deployment }: World, buyer: Wallet, count: number) {
  const { payment } = await contracts.nodeDeedSale.quote(count);
  await mined(contracts.r1.connect(buyer).approve(addressOf(deployment, "NodeDeedSale"), payment));
  const deadline = (await timeOf(chain)) + CONSENT_SECONDS;
  return mined(contracts.nodeDeedSale.connect(buyer).buy(count, payment, deadline, buyer.address));
}

/** The quorum's signatures, ascending by signer. */
export function signatures(data: TypedData, oracles: readonly Wallet[]) {
  const digest = typedDataDigest(data);
  return oracles.slice(0, QUORUM).map(({ signingKey }) => {
    const { r, yParityAndS: vs } = signingKey.sign(digest);
    return { r, vs };
  });
}

/** A leaf's share of a commit. */
export const available = (deed: bigint, cumulative: bigint): LeafEntry => ({
  kind: LeafKind.AVAILABILITY,
  id: deed,
  cumulative,
});

export const served = (job: bigint, token: number, cumulative: bigint): LeafEntry => ({
  kind: LeafKind.SERVICE,
  id: BigInt(serviceId(job, ND(token))),
  cumulative,
});

/** Waits for the end of `epoch` and commits it, with the entries before it and these changes; its root is pending then. */
export async function commit(world: World, epoch: bigint, changes: readonly LeafEntry[], oracles = world.cast.oracles) {
  const { chain, contracts, deployment, files, cast } = world;
  const verifyingContract = addressOf(deployment, "EpochLedger");
  await passUntil(chain, await contracts.epochLedger.epochEnd(epoch));
  const { root: previousRoot } = await contracts.epochLedger.latest();
  const entries = merged(files.at(-1)?.entries ?? [], changes);
  const file = { chainId: chain.chainId, ledger: verifyingContract, epoch, previousRoot, entries };
  const { root } = treeOf(file);
  const report = {
    epoch,
    previousRoot,
    root,
    dataHash: dataHash(encodeLeafFile(file)),
    leafCount: BigInt(entries.length),
  };
  const signed = signatures(epochReportData({ chainId: chain.chainId, verifyingContract }, report), oracles);
  await mined(contracts.epochLedger.connect(cast.stranger).commit(report, signed));
  files.push(file);
  return file;
}

/** The same, and the root is active afterwards. */
export async function commitAndActivate(world: World, epoch: bigint, changes: readonly LeafEntry[]): Promise<LeafFile> {
  const file = await commit(world, epoch, changes);
  await pass(world.chain, await world.contracts.epochLedger.ACTIVATION_DELAY());
  return file;
}

function merged(before: readonly LeafEntry[], changes: readonly LeafEntry[]): LeafEntry[] {
  const entries = new Map([...before, ...changes].map((entry) => [`${entry.kind} ${entry.id}`, entry]));
  return [...entries.values()].sort((a, b) => (a.kind === b.kind ? (a.id < b.id ? -1 : 1) : a.kind - b.kind));
}

/** A leaf of a committed file, with its proof. */
export function leafOf(file: LeafFile, kind: LeafKind, leafId: bigint) {
  const index = indexOfLeaf(file, kind, leafId);
  if (index === undefined) throw new Error(`epoch ${file.epoch} has no leaf ${leafId}`);
  return { cumulative: file.entries[index]!.cumulative, proof: treeOf(file).proof(index) };
}

export async function claim({ contracts, cast }: World, file: LeafFile, deed: bigint, sender = cast.stranger) {
  const { cumulative, proof } = leafOf(file, LeafKind.AVAILABILITY, deed);
  return mined(contracts.availabilityRewards.connect(sender).claim(deed, file.epoch, cumulative, proof));
}

export async function settle({ contracts, cast }: World, file: LeafFile, job: bigint, token: number) {
  const { cumulative, proof } = leafOf(file, LeafKind.SERVICE, BigInt(serviceId(job, ND(token))));
  return mined(contracts.jobEscrow.connect(cast.stranger).settle(job, token, file.epoch, cumulative, proof));
}

/** The developer pays for a job of class 1. */
export async function createJob({ chain, contracts, deployment, cast }: World, nodes: number, epochs: number) {
  const { developer } = cast;
  const deposit = (await contracts.resourceCatalog.rateOf(1, 0)) * BigInt(nodes * epochs);
  await mined(contracts.r1.connect(developer).approve(addressOf(deployment, "JobEscrow"), deposit));
  const deadline = (await timeOf(chain)) + CONSENT_SECONDS;
  const request = { specHash: id("specification"), class: 1, gpu: 0, nodes, epochs, maxDeposit: deposit, deadline };
  await mined(contracts.jobEscrow.connect(developer).create(request));
  return contracts.jobEscrow.jobCount();
}

/** The oracles' decision, sent by somebody. */
export async function assign(world: World, change: Omit<Assignment, "deadline" | "sequence">) {
  const { chain, contracts, deployment, cast } = world;
  const { sequence } = await contracts.jobEscrow.jobOf(change.jobId);
  const assignment = { ...change, sequence: Number(sequence), deadline: (await timeOf(chain)) + CONSENT_SECONDS };
  const domain = { chainId: chain.chainId, verifyingContract: addressOf(deployment, "JobEscrow") };
  const signed = signatures(assignmentData(domain, assignment), cast.oracles);
  const { leaving, joining } = assignment;
  const call = { ...assignment, leaving: [...leaving], joining: [...joining] };
  return mined(contracts.jobEscrow.connect(cast.stranger).assign(call, signed));
}
