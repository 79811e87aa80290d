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
import { EpochClock } from "../protocol/epochClock.js";
import type { SigningKey } from "../protocol/signing.js";
import { openKey } from "../keys/openSigner.js";
import { transactionSigner } from "../keys/transactionSigner.js";
import { MqttBus } from "../transport/mqttBus.js";
import { ContractReader } from "./chain/contractReader.js";
import { SendingDelegate } from "./chain/delegateAccount.js";
import type { DeeployConfig } from "./config.js";
import { Deeploy } from "./deeploy.js";
import { EncryptionKey } from "./encryptionKey.js";

export interface WiringDependencies {
  readonly deployment: Deployment;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Ends the waiting for a chain that does not answer. */
  readonly signal: AbortSignal;
}

/** A service on real parts, and what has to be closed after it. */
export interface WiredDeeploy {
  readonly deeploy: Deeploy;
  readonly account: string;
  close(): Promise<void>;
}

const BACKOFF = { baseMs: 500, maximumMs: 15_000 };
/** Bytes: heartbeats, advertisements and pieces of answers are shorter. */
const MAX_PAYLOAD_BYTES = 64 * 1024;
const MAX_OUTGOING = 1_024;
const KEEPALIVE_SECONDS = 15;
const CONNECT_TIMEOUT_MS = 10_000;

/** Rejects as `openKeystore` does, and with what the chain says that makes no sense; an endpoint that does not answer is asked until `signal` aborts. */
export async function wireDeeploy(config: DeeployConfig, dependencies: WiringDependencies): Promise<WiredDeeploy> {
  const { deployment, clock, random, logger, disk } = dependencies;
  const key = await openKey(config.key);
  const provider = openProvider(config.rpcUrl, deployment.chainId);
  const contracts = connectContracts(deployment, provider);
  const epochClock = await readEpochClock(contracts, dependencies);
  const reader = new RpcReader({ deployment, ...defaultRpcReaderOptions }, { client: provider, clock, random, logger });
  const follower = new ChainFollower(
    { ...defaultChainFollowerOptions, fromBlock: deployment.fromBlock, pollMs: config.chainPollMs },
    { reader, clock, random, logger },
  );
  const sender = new TransactionSender(
    { ...defaultTransactionSenderOptions, chainId: deployment.chainId, pollMs: config.chainPollMs },
    { client: provider, signer: transactionSigner(key), clock, random, logger },
  );
  const deeploy = new Deeploy(
    {
      chainId: BigInt(deployment.chainId),
      escrow: addressOf(deployment, "JobEscrow"),
      catalog: addressOf(deployment, "ResourceCatalog"),
      token: addressOf(deployment, "R1"),
      nodeRegistry: addressOf(deployment, "NodeRegistry"),
      epochClock,
      dataDir: config.dataDir,
      api: { host: config.apiHost, port: config.apiPort, trustProxy: config.apiTrustProxy },
      storedJobs: config.storedJobs,
      requests: { perAddress: config.perAddress, perAccount: config.perAccount },
    },
    {
      ...{ key, follower, disk, clock, logger },
      encryption: new EncryptionKey(key),
      bus: openBus(config, key, dependencies),
      chain: new ContractReader({ contracts, provider }),
      delegate: config.sends ? new SendingDelegate({ address: key.address }, { sender }) : undefined,
    },
  );
  const close = async () => {
    await deeploy.close();
    await sender.close();
    provider.destroy();
  };
  return { deeploy, account: key.address, close };
}

function openBus(config: DeeployConfig, key: SigningKey, { clock, random, logger }: WiringDependencies): MqttBus {
  const { brokerUrl: url, brokerUsername: username, brokerPassword } = config;
  const options = {
    url,
    clientId: username ?? `deeploy-${key.address}`,
    backoff: BACKOFF,
    keepaliveSeconds: KEEPALIVE_SECONDS,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    maximumPayloadBytes: MAX_PAYLOAD_BYTES,
    outgoingLimit: MAX_OUTGOING,
  };
  if (username === undefined || brokerPassword === undefined) return new MqttBus(options, { clock, random, logger });
  const credentials = () => Promise.resolve({ username, password: brokerPassword.reveal() });
  return new MqttBus(options, { clock, random, logger, credentials });
}

async function readEpochClock(
  { epochLedger }: ProtocolContracts,
  { clock, random, logger, signal }: WiringDependencies,
): Promise<EpochClock> {
  const read = async () => {
    const terms = Promise.all([epochLedger.GENESIS(), epochLedger.EPOCH_DURATION()]);
    const [genesis, duration] = await terms.catch((error: unknown) => {
      throw new KeeperError("RPC_FAILED", `reading the contracts failed: ${describeRpcError(error)}`, {
        retriable: true,
      });
    });
    // Nothing here is about slots.
    return new EpochClock({ genesis: Number(genesis), duration: Number(duration), slotSeconds: 1 });
  };
  const onRetry = (error: unknown) => {
    logger.warn("the chain does not answer yet", { error: String(error) });
  };
  return retry(read, { attempts: Infinity, ...BACKOFF, signal, onRetry }, { clock, random });
}
