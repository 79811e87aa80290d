/**
 * The protocol as `deploy/modules/Development.ts` deploys it, on one in-process chain a test run. Tests take it through
 * `loadProtocol`, which goes back to a snapshot.
 */
import { type AddressLike, type Signer, Wallet } from "ethers";
import { network } from "hardhat";

import Development from "../../deploy/modules/Development.js";

export const { ethers, ignition, networkHelpers, provider } = await network.create();

/** Seconds, and epochs; short ones, but for the delay everything that production has. */
const PARAMETERS = {
  epochDuration: 24n,
  activationDelay: 2n,
  answerWindow: 20n,
  reassociationDelay: 24n,
  nodeDeedStart: 0n,
  nodeDeedDuration: 1080n,
  masterNodeDeedStart: 223n,
  masterNodeDeedDuration: 677n,
  genesisNodeDeedStart: 0n,
  genesisNodeDeedDuration: 365n,
  jobTerm: 2n,
  feedPrice: 100_000_000n,
  feedMaxAge: 86_400n,
  feedLeast: 1n,
  feedMost: 10n ** 14n,
};

const POOLS = ["liquidityPool", "expensesPool", "marketingPool", "grantsPool", "socialResponsibilityPool"];

/** Years from now that approvals of test operators last. */
const APPROVAL_SECONDS = 10 * 365 * 86_400;

/** When a treasury pool opens, in seconds after genesis, and what its milestones set free, in basis points. */
type PoolTerms = Readonly<Record<string, { readonly opensAfter: bigint; readonly milestones: readonly number[] }>>;

/** @param poolTerms By pool, as in `POOLS`; those left out are open from the start and have no milestones. */
export async function deployProtocol(changes: Partial<typeof PARAMETERS> = {}, poolTerms: PoolTerms = {}) {
  const signers = await ethers.getSigners();
  const [governance, guardian, compliance, treasurer, ...others] = signers;
  if (!governance || !guardian || !compliance || !treasurer) throw new Error("the chain has too few accounts");
  const genesis = BigInt(await networkHelpers.time.latest());
  const pools = POOLS.flatMap((pool) => [
    [`${pool}UnlockTime`, genesis + (poolTerms[pool]?.opensAfter ?? 0n)],
    [`${pool}Milestones`, [...(poolTerms[pool]?.milestones ?? [])]],
  ]);
  const roles = { guardian: guardian.address, compliance: compliance.address, treasurer: treasurer.address };
  const contracts = await ignition.deploy(Development, {
    parameters: {
      Development: { ...PARAMETERS, ...changes, ...roles, genesis, ...(Object.fromEntries(pools) as object) },
    },
  });
  const at = async (name: keyof typeof contracts) => contracts[name].getAddress();
  return {
    accounts: { governance, guardian, compliance, treasurer, others },
    manager: await ethers.getContractAt("AccessManager", await at("AccessManager")),
    r1: await ethers.getContractAt("R1", await at("R1")),
    operators: await ethers.getContractAt("OperatorRegistry", await at("OperatorRegistry")),
    oracles: await ethers.getContractAt("OracleRegistry", await at("OracleRegistry")),
    ledger: await ethers.getContractAt("EpochLedger", await at("EpochLedger")),
    nodes: await ethers.getContractAt("NodeRegistry", await at("NodeRegistry")),
    nodeDeed: await ethers.getContractAt("NodeDeed", await at("NodeDeed")),
    masterDeed: await ethers.getContractAt("MasterNodeDeed", await at("MasterNodeDeed")),
    genesisDeed: await ethers.getContractAt("GenesisNodeDeed", await at("GenesisNodeDeed")),
    rewards: await ethers.getContractAt("AvailabilityRewards", await at("AvailabilityRewards")),
    sale: await ethers.getContractAt("NodeDeedSale", await at("NodeDeedSale")),
    catalog: await ethers.getContractAt("ResourceCatalog", await at("ResourceCatalog")),
    escrow: await ethers.getContractAt("JobEscrow", await at("JobEscrow")),
    feed: await ethers.getContractAt("MockV3Aggregator", await at("MockV3Aggregator")),
    pools: await Promise.all(
      (["LiquidityPool", "ExpensesPool", "MarketingPool", "GrantsPool", "SocialResponsibilityPool"] as const).map(
        async (name) => ethers.getContractAt("TreasuryPool", await at(name)),
      ),
    ),
  };
}

export type Protocol = Awaited<ReturnType<typeof deployProtocol>>;

/** A freshly deployed protocol. */
export async function loadProtocol(): Promise<Protocol> {
  return networkHelpers.loadFixture(deployDefault);
}

/** The same with epochs of 10,000 s: however many transactions a test sends, it decides itself when an epoch ends. */
export async function loadSlowProtocol(): Promise<Protocol> {
  return networkHelpers.loadFixture(deploySlow);
}

async function deployDefault(): Promise<Protocol> {
  return deployProtocol();
}

async function deploySlow(): Promise<Protocol> {
  return deployProtocol({ epochDuration: 10_000n });
}

/** Approves `operator` as a person for years. */
export async function approve({ operators, accounts }: Protocol, operator: AddressLike): Promise<void> {
  const until = (await networkHelpers.time.latest()) + APPROVAL_SECONDS;
  await operators.connect(accounts.compliance).approve(operator, until, 1);
}

/** Acts as a contract, for what only that contract may do. */
export async function actAs(contract: { getAddress(): Promise<string> }): Promise<Signer> {
  const address = await contract.getAddress();
  await networkHelpers.setBalance(address, 10n ** 18n);
  await networkHelpers.impersonateAccount(address);
  return ethers.getSigner(address);
}

/** Associates a new node, whose key is made here, with `owner`'s deed. */
export async function associate(protocol: Protocol, deed: bigint, owner: Signer): Promise<Wallet> {
  const node = new Wallet(ethers.id(`node of ${deed.toString()}`));
  const deadline = (await networkHelpers.time.latest()) + 10;
  const { chainId } = await ethers.provider.getNetwork();
  const signature = await node.signTypedData(
    { name: "NodeRegistry", version: "1", chainId, verifyingContract: await protocol.nodes.getAddress() },
    {
      Association: [
        { name: "deed", type: "uint256" },
        { name: "owner", type: "address" },
        { name: "deadline", type: "uint256" },
      ],
    },
    { deed, owner: await owner.getAddress(), deadline },
  );
  await protocol.nodes.connect(owner).associate(deed, node.address, deadline, signature);
  return node;
}
