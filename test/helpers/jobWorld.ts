/** A chain with two developers, servers with a node each and four oracles, and the environment of jobs that a test keeps itself. */
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { AbiCoder, id, keccak256, parseEther, TypedDataEncoder, Wallet } from "ethers";

import { actAs, approve, associate, ethers, loadSlowProtocol, networkHelpers, type Protocol } from "./protocol.js";

export type Account = Protocol["accounts"]["governance"];

/** Deeds 1 to 6 serve; deed 7 has no node. */
const SERVERS = 6;
export const DEEDS = SERVERS + 1;
const ORACLES = 4;
const QUORUM = 3;
const KIND = { node: 1n, master: 2n };
const SERVICE = 2;
const PLENTY = parseEther("100000");
const ASSIGNMENT = {
  Assignment: [
    { name: "jobId", type: "uint256" },
    { name: "sequence", type: "uint16" },
    { name: "leaving", type: "uint16[]" },
    { name: "joining", type: "uint16[]" },
    { name: "deadline", type: "uint64" },
  ],
};
const REPORT = {
  EpochReport: [
    { name: "epoch", type: "uint64" },
    { name: "previousRoot", type: "bytes32" },
    { name: "root", type: "bytes32" },
    { name: "dataHash", type: "bytes32" },
    { name: "leafCount", type: "uint64" },
  ],
};

/** A tree of service leaves under an active root. */
export interface Root {
  readonly epoch: number;
  readonly tree: StandardMerkleTree<[number, bigint, bigint]>;
  /** In the order of the leaves. */
  readonly leaves: readonly { readonly jobId: number; readonly deed: number; readonly cumulative: bigint }[];
}

export type JobWorld = Awaited<ReturnType<typeof loadJobWorld>>;

export async function loadJobWorld() {
  const protocol = await loadSlowProtocol();
  const [developer, other, helper, ...rest] = protocol.accounts.others as [Account, Account, Account, ...Account[]];
  const world = {
    protocol,
    developers: [developer, other] as const,
    helper,
    /** Owner of deed `i + 1`. */
    owners: rest.slice(0, DEEDS),
    oracles: Array.from({ length: ORACLES }, (_, i) => new Wallet(id(`node of ${deedOf(KIND.master, i + 1)}`))),
    chainId: (await ethers.provider.getNetwork()).chainId,
  };
  for (const account of [developer, other, helper]) await endow(world, account);
  for (const owner of world.owners) await sellDeed(world, owner);
  for (const [i, owner] of world.owners.slice(0, SERVERS).entries()) {
    await associate(protocol, deedOf(KIND.node, i + 1), owner);
  }
  await addOracles(world, rest.slice(DEEDS, DEEDS + ORACLES));
  return world;
}

type Base = Pick<JobWorld, "protocol">;

function deedOf(kind: bigint, token: number): bigint {
  return (kind << 248n) | BigInt(token);
}

/** R1, and leave for the escrow to take it. */
async function endow({ protocol }: Base, account: Account): Promise<void> {
  await protocol.r1.connect(await actAs(protocol.rewards)).mint(account.address, PLENTY);
  await protocol.r1.connect(account).approve(protocol.escrow.target, PLENTY);
}

async function sellDeed({ protocol }: Base, owner: Account): Promise<void> {
  const { r1, sale } = protocol;
  await approve(protocol, owner);
  const [, payment] = await sale.quote(1);
  await r1.connect(await actAs(protocol.rewards)).mint(owner.address, payment);
  await r1.connect(owner).approve(sale.target, payment);
  await sale.connect(owner).buy(1, payment, 2n ** 40n, owner.address);
}

async function addOracles({ protocol, oracles }: Base & { readonly oracles: readonly Wallet[] }, owners: Account[]) {
  for (const [i, owner] of owners.entries()) {
    await approve(protocol, owner);
    await protocol.masterDeed.issue(owner.address, parseEther("1"));
    await associate(protocol, deedOf(KIND.master, i + 1), owner);
    await protocol.oracles.addOracle(oracles[i]!.address);
  }
}

/** A quorum's signatures, ascending by signer. */
export function signAssignment(world: JobWorld, assignment: Record<string, unknown>) {
  return signByQuorum(world, "JobEscrow", world.protocol.escrow.target as string, ASSIGNMENT, assignment);
}

function signByQuorum(
  { oracles, chainId }: JobWorld,
  name: string,
  verifyingContract: string,
  types: Record<string, { name: string; type: string }[]>,
  value: Record<string, unknown>,
) {
  const digest = TypedDataEncoder.hash({ name, version: "1", chainId, verifyingContract }, types, value);
  const sorted = [...oracles].sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
  return sorted.slice(0, QUORUM).map((oracle) => {
    const { r, yParityAndS: vs } = oracle.signingKey.sign(digest);
    return { r, vs };
  });
}

/** Ends the running epoch, and commits a tree of these sums for it; its root is active afterwards. */
export async function commit(world: JobWorld, sums: Root["leaves"]): Promise<Root> {
  const { ledger } = world.protocol;
  const epoch = Number(await ledger.currentEpoch());
  await networkHelpers.time.increaseTo(await ledger.epochEnd(epoch));
  const withIds = sums.map((leaf) => ({ ...leaf, id: serviceLeafId(leaf.jobId, leaf.deed) }));
  withIds.sort((a, b) => (a.id < b.id ? -1 : 1));
  const values = withIds.map(({ id: leafId, cumulative }): [number, bigint, bigint] => [SERVICE, leafId, cumulative]);
  const tree = StandardMerkleTree.of(values, ["uint8", "uint256", "uint256"], { sortLeaves: false });
  const { root: previousRoot } = await ledger.latest();
  const report = { epoch, previousRoot, root: tree.root, dataHash: id("leaf file"), leafCount: sums.length };
  await ledger.commit(report, signByQuorum(world, "EpochLedger", ledger.target as string, REPORT, report));
  await networkHelpers.time.increase(await ledger.ACTIVATION_DELAY());
  return { epoch, tree, leaves: withIds };
}

function serviceLeafId(jobId: number, deed: number): bigint {
  return BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(["uint256", "uint256"], [jobId, deedOf(KIND.node, deed)])));
}

/** Ends the running epoch, in which nothing is committed. */
export async function skipEpoch({ protocol: { ledger } }: Base): Promise<void> {
  await networkHelpers.time.increaseTo(await ledger.epochEnd(await ledger.currentEpoch()));
}
