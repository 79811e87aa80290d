import Development from "../../deploy/modules/Development.js";
import {
  AvailabilityRewards__factory,
  EpochLedger__factory,
  GenesisNodeDeed__factory,
  JobEscrow__factory,
  MasterNodeDeed__factory,
  MockV3Aggregator__factory,
  NodeDeed__factory,
  NodeDeedSale__factory,
  NodeRegistry__factory,
  OperatorRegistry__factory,
  OracleRegistry__factory,
  R1__factory,
  TreasuryPool__factory,
} from "../../typechain-types/index.js";
import { ACTIVATION_DELAY, ANSWER_WINDOW, type Chain, EPOCH_DURATION, GENESIS, type Signer } from "./chain.js";

/** The deployed contracts, each called by the account that governs all. */
export type Protocol = Awaited<ReturnType<typeof deployProtocol>>;

/** US dollars for one R1, with the feed's 8 decimals. High, so that an epoch of the Genesis deed pays for every purchase. */
const FEED_PRICE = 100n * 10n ** 8n;

const POOLS = ["liquidity", "expenses", "marketing", "grants", "socialResponsibility"];

/** Deploys everything with the production schedules; `governor` has every role, without delay. */
export async function deployProtocol(chain: Chain, governor: Signer) {
  const parameters = { Development: { ...SCHEDULES, ...FEED, ...POOL_TERMS, ...rolesOf(governor) } };
  const deployed = await chain.ignition.deploy(Development, { parameters, defaultSender: governor.address });
  const names = Object.keys(deployed) as (keyof typeof deployed)[];
  const addresses = await Promise.all(names.map(async (name) => [name, await deployed[name].getAddress()] as const));
  const at = Object.fromEntries(addresses) as Record<keyof typeof deployed, string>;
  return {
    r1: R1__factory.connect(at.R1, governor),
    operators: OperatorRegistry__factory.connect(at.OperatorRegistry, governor),
    oracles: OracleRegistry__factory.connect(at.OracleRegistry, governor),
    ledger: EpochLedger__factory.connect(at.EpochLedger, governor),
    nodeDeed: NodeDeed__factory.connect(at.NodeDeed, governor),
    masterDeed: MasterNodeDeed__factory.connect(at.MasterNodeDeed, governor),
    genesisDeed: GenesisNodeDeed__factory.connect(at.GenesisNodeDeed, governor),
    registry: NodeRegistry__factory.connect(at.NodeRegistry, governor),
    rewards: AvailabilityRewards__factory.connect(at.AvailabilityRewards, governor),
    sale: NodeDeedSale__factory.connect(at.NodeDeedSale, governor),
    escrow: JobEscrow__factory.connect(at.JobEscrow, governor),
    liquidityPool: TreasuryPool__factory.connect(at.LiquidityPool, governor),
    feed: MockV3Aggregator__factory.connect(at.MockV3Aggregator, governor),
  };
}

/** The feed repeats its price now: an answer older than a day is refused. */
export async function refreshFeed({ feed }: Protocol): Promise<void> {
  await feed.updateAnswer(FEED_PRICE);
}

const SCHEDULES = {
  genesis: GENESIS,
  epochDuration: EPOCH_DURATION,
  activationDelay: ACTIVATION_DELAY,
  answerWindow: ANSWER_WINDOW,
  reassociationDelay: EPOCH_DURATION,
  nodeDeedStart: 0n,
  nodeDeedDuration: 1080n,
  masterNodeDeedStart: 223n,
  masterNodeDeedDuration: 677n,
  genesisNodeDeedStart: 0n,
  genesisNodeDeedDuration: 365n,
  jobTerm: 30n,
};

const FEED = { feedPrice: FEED_PRICE, feedMaxAge: 86_400n, feedLeast: 1n, feedMost: 10n ** 14n };

const POOL_TERMS = Object.fromEntries(
  POOLS.flatMap((name): [string, bigint | bigint[]][] => [
    [`${name}PoolUnlockTime`, 0n],
    [`${name}PoolMilestones`, []],
  ]),
);

function rolesOf({ address }: Signer) {
  return { guardian: address, compliance: address, treasurer: address };
}
