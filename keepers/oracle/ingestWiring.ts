import { ChainFollower, defaultChainFollowerOptions } from "../chain/chainFollower.js";
import { connectContracts } from "../chain/contracts.js";
import { addressOf, type Deployment } from "../chain/deployment.js";
import { openProvider } from "../chain/rpc.js";
import { describeRpcError } from "../chain/rpcErrors.js";
import { defaultRpcReaderOptions, RpcReader } from "../chain/rpcReader.js";
import type { Clock } from "../core/clock.js";
import { describeError, KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { retry } from "../core/retry.js";
import { openSigner } from "../keys/openSigner.js";
import { bytesToHex } from "../protocol/bytes.js";
import { EpochClock } from "../protocol/epochClock.js";
import { MAX_HEARTBEAT_BYTES } from "../protocol/heartbeat.js";
import type { SigningDomain } from "../protocol/typedData.js";
import { MqttBus, type MqttCredentials } from "../transport/mqttBus.js";
import { MOST_WORKERS } from "./dauth/credentials.js";
import { noAdmin, ownCredentials } from "./dauth/brokerAdmin.js";
import { RemoteAdmin } from "./dauth/remoteAdmin.js";
import type { IngestConfig } from "./ingestConfig.js";
import { IngestWorker } from "./ingestWorker.js";

export interface IngestWiringDependencies {
  readonly deployment: Deployment;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Ends the waiting for a chain that does not answer. */
  readonly signal: AbortSignal;
}

export interface WiredIngestWorker {
  readonly worker: IngestWorker;
  close(): Promise<void>;
}

const backoff = { baseMs: 500, maximumMs: 15_000 };
const retainSeconds = 600;
const credentialSeconds = 3_600;
const adminTimeoutMs = 5_000;
const bus = { backoff, keepaliveSeconds: 15, connectTimeoutMs: 10_000, outgoingLimit: 1 };

/** An ingest worker on real parts; an endpoint that does not answer is asked until `signal` aborts. */
export async function wireIngestWorker(
  config: IngestConfig,
  dependencies: IngestWiringDependencies,
): Promise<WiredIngestWorker> {
  const { deployment, clock, random, logger } = dependencies;
  const provider = openProvider(config.rpcUrl, deployment.chainId);
  const { epochLedger } = connectContracts(deployment, provider);
  const read = async () => {
    const terms = [epochLedger.GENESIS(), epochLedger.EPOCH_DURATION()] as const;
    const [genesis, duration] = await Promise.all(terms).catch((error: unknown) => {
      const message = `reading the contracts failed: ${describeRpcError(error)}`;
      throw new KeeperError("RPC_FAILED", message, { retriable: true });
    });
    const { slotSeconds } = config;
    return new EpochClock({ genesis: Number(genesis), duration: Number(duration), slotSeconds });
  };
  const onRetry = (error: unknown) => {
    logger.warn("the chain does not answer yet", { error: describeError(error) });
  };
  const { signal } = dependencies;
  const epochClock = await retry(read, { ...backoff, attempts: Infinity, signal, onRetry }, dependencies);
  const reader = new RpcReader({ deployment, ...defaultRpcReaderOptions }, { client: provider, clock, random, logger });
  const follower = new ChainFollower(
    { ...defaultChainFollowerOptions, fromBlock: deployment.fromBlock, pollMs: config.chainPollMs, retainSeconds },
    { reader, clock, random, logger },
  );
  const chainId = BigInt(deployment.chainId);
  const nodeRegistry = addressOf(deployment, "NodeRegistry");
  const credentials = await credentialsOf(config, { chainId, verifyingContract: nodeRegistry }, dependencies);
  const { oracle, freshBlocks, maximumNodes, redisUrl } = config;
  const worker = new IngestWorker(
    { chainId, nodeRegistry, oracle, epochClock, freshBlocks, maximumNodes, redisUrl },
    { follower, clock, random, logger, bus: openBus(config, credentials, dependencies) },
  );
  const close = async () => {
    await worker.close();
    provider.destroy();
  };
  return { worker, close };
}

/** Each process a client of its own at the broker, all with the oracle's name. */
function openBus(
  { brokerUrl: url, oracle }: IngestConfig,
  credentials: (() => Promise<MqttCredentials>) | undefined,
  { clock, random, logger }: IngestWiringDependencies,
): MqttBus {
  const clientId = `ingest-${bytesToHex(random.bytes(6)).slice(2)}-${oracle}`;
  const options = { ...bus, url, clientId, maximumPayloadBytes: MAX_HEARTBEAT_BYTES };
  return new MqttBus(options, { clock, random, logger, ...(credentials && { credentials }) });
}

/** Those given; otherwise the oracle's own, when its key is there. */
async function credentialsOf(
  {
    key: source,
    oracle,
    brokerUsername: username,
    brokerPassword: password,
    brokerAdminUrls: urls,
    number,
  }: IngestConfig,
  domain: SigningDomain,
  { clock, random }: Pick<IngestWiringDependencies, "clock" | "random">,
): Promise<(() => Promise<MqttCredentials>) | undefined> {
  if (username !== undefined && password !== undefined) {
    return () => Promise.resolve({ username, password: password.reveal() });
  }
  if (source === undefined) return undefined;
  const key = await openSigner(source, { clock });
  if (key.address !== oracle) {
    throw new KeeperError("KEY_MISMATCH", `the key is that of ${key.address}, and ORACLE_ADDRESS is ${oracle}`);
  }
  const admin = urls.length > 0 ? new RemoteAdmin({ urls, timeoutMs: adminTimeoutMs }, { clock }) : noAdmin;
  const worker = number ?? 1 + random.integer(MOST_WORKERS);
  return ownCredentials({ domain, lifetimeSeconds: credentialSeconds, worker }, { key, clock, admin });
}
