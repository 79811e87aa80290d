import { ChainFollower, defaultChainFollowerOptions } from "../chain/chainFollower.js";
import { connectContracts, type ProtocolContracts } from "../chain/contracts.js";
import { addressOf, type Deployment } from "../chain/deployment.js";
import { openProvider } from "../chain/rpc.js";
import { describeRpcError } from "../chain/rpcErrors.js";
import { defaultRpcReaderOptions, RpcReader } from "../chain/rpcReader.js";
import { defaultTransactionSenderOptions, TransactionSender } from "../chain/transactionSender.js";
import type { Clock } from "../core/clock.js";
import type { Disk } from "../core/disk.js";
import { KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { retry } from "../core/retry.js";
import { openSigner } from "../keys/openSigner.js";
import { transactionSigner } from "../keys/transactionSigner.js";
import { DeedKind } from "../protocol/deedId.js";
import { EpochClock } from "../protocol/epochClock.js";
import { MAX_ORACLE_MESSAGE_BYTES } from "../protocol/oracleMessages.js";
import { MqttBus } from "../transport/mqttBus.js";
import { ChainAssignmentSender } from "./assigning/chainAssignmentSender.js";
import { fetchSpec } from "./assigning/specFetcher.js";
import { ChainCommitSender } from "./commitSender.js";
import type { OracleConfig } from "./config.js";
import { takeBrokerSeat } from "./brokerSeat.js";
import { ownCredentials } from "./dauth/brokerAdmin.js";
import { createOracleMetrics } from "./metrics/oracleMetrics.js";
import { createOracle, type Oracle } from "./oracle.js";
import { openQueues } from "./queues.js";
import { QueuedTransactions } from "./queuedTransactions.js";
import type { JobModules, OracleOptions } from "./options.js";

export interface WiringDependencies {
  readonly deployment: Deployment;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Ends the waiting for a chain that does not answer. */
  readonly signal: AbortSignal;
}

const backoff = { baseMs: 500, maximumMs: 15_000 };
const outgoingLimit = 1_024;
const keepaliveSeconds = 15;
const connectTimeoutMs = 10_000;
/** Epochs of chain history that a follower keeps: the state at the end of the last one is asked for. */
const keptEpochs = 3;

/** An oracle on real parts, and what has to be closed after it. */
export interface WiredOracle {
  readonly oracle: Oracle;
  close(): Promise<void>;
}

/** Rejects as `openSigner` does, and with what the chain says that makes no sense; an endpoint that does not answer is asked until `signal` aborts. */
export async function wireOracle(config: OracleConfig, dependencies: WiringDependencies): Promise<WiredOracle> {
  const { deployment, clock, random, logger, disk } = dependencies;
  const key = await openSigner(config.key, dependencies);
  const provider = openProvider(config.rpcUrl, deployment.chainId);
  const contracts = connectContracts(deployment, provider);
  const options = await readOptions(config, contracts, dependencies);
  const reader = new RpcReader({ deployment, ...defaultRpcReaderOptions }, { client: provider, clock, random, logger });
  const follower = new ChainFollower(
    {
      ...defaultChainFollowerOptions,
      fromBlock: deployment.fromBlock,
      pollMs: config.chainPollMs,
      retainSeconds: keptEpochs * options.epochClock.duration,
    },
    { reader, clock, random, logger },
  );
  const sender = new TransactionSender(
    { ...defaultTransactionSenderOptions, chainId: deployment.chainId, pollMs: config.chainPollMs },
    { client: provider, signer: transactionSigner(key), clock, random, logger },
  );
  const domain = { chainId: options.chainId, verifyingContract: options.nodeRegistry };
  const broker = await takeBrokerSeat(config, { domain, follower, clock, random, logger });
  const bus = new MqttBus(
    {
      url: config.brokerUrl,
      clientId: `oracle-${key.address}`,
      backoff,
      keepaliveSeconds,
      connectTimeoutMs,
      maximumPayloadBytes: MAX_ORACLE_MESSAGE_BYTES,
      outgoingLimit,
    },
    {
      clock,
      random,
      logger,
      credentials: ownCredentials({ domain, lifetimeSeconds: lifetimeOf(config) }, { key, clock, admin: broker.admin }),
    },
  );
  const commits = new ChainCommitSender({
    ledger: contracts.epochLedger,
    registry: contracts.oracleRegistry,
    sender,
  });
  const metrics = createOracleMetrics({ process: true });
  const queues = await openQueues({ oracle: key.address, redisUrl: config.redisUrl }, dependencies);
  const transactions = new QueuedTransactions({ queue: queues.transactions, sender, clock, random });
  const oracle = createOracle(options, {
    key,
    follower,
    bus,
    broker,
    sender: commits,
    jobs: jobModules(config, dependencies, transactions),
    probeQueue: queues.probes,
    disk,
    clock,
    random,
    logger,
    metrics,
  });
  const close = async () => {
    await oracle.close();
    await Promise.all([sender.close(), transactions.close(), queues.probes.close()]);
    provider.destroy();
  };
  return { oracle, close };
}

function jobModules(
  { deeployUrls: urls, specTimeoutMs: timeoutMs }: OracleConfig,
  { deployment, clock, logger }: WiringDependencies,
  sender: QueuedTransactions,
): JobModules {
  if (urls.length === 0) {
    logger.warn("DEEPLOY_URLS is empty: this oracle knows no wishes of jobs, and visits nothing that they publish");
  }
  return {
    assignments: new ChainAssignmentSender({ escrow: addressOf(deployment, "JobEscrow") }, { sender }),
    fetchSpec: (hash) => fetchSpec(hash, { urls, timeoutMs }, { clock }),
  };
}

function lifetimeOf({ credentialMs }: OracleConfig): number {
  return Math.floor(credentialMs / 1_000);
}

/** The network's own terms come from its contracts; an oracle cannot get them wrong by configuration. */
async function readOptions(
  config: OracleConfig,
  contracts: ProtocolContracts,
  { deployment, clock, random, logger, signal }: WiringDependencies,
): Promise<OracleOptions> {
  const read = async () => {
    const { epochLedger, nodeDeed, masterNodeDeed, genesisNodeDeed } = contracts;
    const [genesis, duration, activationDelay, node, master, genesisStart] = await Promise.all([
      epochLedger.GENESIS(),
      epochLedger.EPOCH_DURATION(),
      epochLedger.ACTIVATION_DELAY(),
      nodeDeed.CLASS_START(),
      masterNodeDeed.CLASS_START(),
      genesisNodeDeed.CLASS_START(),
    ]).catch((error: unknown) => {
      throw new KeeperError("RPC_FAILED", `reading the contracts failed: ${describeRpcError(error)}`, {
        retriable: true,
      });
    });
    return { genesis, duration, activationDelay, node, master, genesisStart };
  };
  const onRetry = (error: unknown) => {
    logger.warn("the chain does not answer yet", { error: String(error) });
  };
  const terms = await retry(read, { ...backoff, attempts: Infinity, signal, onRetry }, { clock, random });
  return {
    chainId: BigInt(deployment.chainId),
    ledger: addressOf(deployment, "EpochLedger"),
    nodeRegistry: addressOf(deployment, "NodeRegistry"),
    oracleRegistry: addressOf(deployment, "OracleRegistry"),
    epochClock: new EpochClock({
      genesis: Number(terms.genesis),
      duration: Number(terms.duration),
      slotSeconds: config.slotSeconds,
    }),
    activationDelay: Number(terms.activationDelay),
    startEpochs: {
      [DeedKind.NODE]: terms.node,
      [DeedKind.MASTER]: terms.master,
      [DeedKind.GENESIS]: terms.genesisStart,
    },
    dataDir: config.dataDir,
    credentialSeconds: lifetimeOf(config),
    api: { host: config.apiHost, port: config.apiPort, trustProxy: config.apiTrustProxy },
    brokerUrl: config.publicBrokerUrl ?? config.brokerUrl,
    oracleUrls: config.peerUrls,
    heartbeatIntervalMs: config.heartbeatIntervalMs,
    freshBlocks: config.freshBlocks,
    maximumNodes: config.maximumNodes,
    redisUrl: config.redisUrl,
    ingest: config.ingest,
    probePrivate: config.probePrivate,
    roundMs: config.roundMs,
    sealingMs: config.sealingMs,
    stageMs: config.stageMs,
    jobs: {
      escrow: addressOf(deployment, "JobEscrow"),
      everyBlocks: config.assignEveryBlocks,
      marginMs: config.offerMarginMs,
      startMs: config.jobStartMs,
      silentMs: config.jobSilentMs,
      headStartMs: config.assignStageMs,
    },
  };
}
