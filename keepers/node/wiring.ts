import type { ContainerEngine } from "../containers/engine.js";
import type { Clock } from "../core/clock.js";
import type { Environment } from "../core/config.js";
import type { Disk } from "../core/disk.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import type { GatewayMeter } from "../ingress/metrics.js";
import { MAX_ANSWER_BYTES } from "../protocol/nodeCommand.js";
import { type Signer, SigningKey } from "../protocol/signing.js";
import { MqttBus } from "../transport/mqttBus.js";
import type { NodeChain } from "./chainAccess.js";
import type { ClaimPolicy } from "./claims.js";
import type { NodeConfig } from "./config.js";
import { DauthClient } from "./dauthClient.js";
import { wireJobs } from "./jobWiring.js";
import { createNode, type EdgeNode } from "./node.js";
import { ProofClient } from "./proofClient.js";
import type { ConnectBus } from "./sessionBus.js";

export interface WiringDependencies {
  readonly chain: NodeChain;
  readonly key: Signer;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Of the process; what a tunnel's program needs of it. Default: nothing. */
  readonly environment?: Environment;
  /** Counts what comes to the gateway. */
  readonly meter?: GatewayMeter;
  /** Runs the containers of jobs; default: Docker, where the configuration says. */
  readonly engine?: ContainerEngine;
}

const backoff = { baseMs: 1_000, maximumMs: 60_000 };
const busBackoff = { baseMs: 500, maximumMs: 15_000 };
/** Pieces of answers are the largest that is sent. */
const maximumPayloadBytes = MAX_ANSWER_BYTES;
const outgoingLimit = 16;
const keepaliveSeconds = 15;

/** The oracles, asked over HTTP on behalf of the node. */
export function wireDauth(config: NodeConfig, dependencies: WiringDependencies): DauthClient {
  const { chainId, nodeRegistry: verifyingContract } = dependencies.chain;
  const { oracleUrls, operator, httpTimeoutMs: timeoutMs } = config;
  return new DauthClient({ oracleUrls, operator, timeoutMs, domain: { chainId, verifyingContract } }, dependencies);
}

/** An edge node on real parts. */
export function wireNode(config: NodeConfig, dependencies: WiringDependencies): EdgeNode {
  const { chain, key } = dependencies;
  const { claimer } = chain;
  // A configuration with an engine has no remote signer.
  const jobs = key instanceof SigningKey ? wireJobs(config, { environment: {}, ...dependencies, key }) : undefined;
  const proofOptions = { oracleUrls: config.oracleUrls, timeoutMs: config.httpTimeoutMs };
  const proofs = new ProofClient(proofOptions, { ...dependencies, roots: chain.roots });
  const { operator, dataDir, heartbeatIntervalMs, blockRefreshMs, maximumBlockAgeMs } = config;
  const options = { operator, dataDir, heartbeatIntervalMs, blockRefreshMs, maximumBlockAgeMs, backoff };
  return createNode(
    { ...options, chainId: chain.chainId, nodeRegistry: chain.nodeRegistry, claims: claimPolicy(config) },
    {
      ...dependencies,
      sessions: wireDauth(config, dependencies),
      blocks: chain.blocks,
      connectBus: mqttConnector(config, dependencies),
      jobs,
      claims: claimer === undefined ? undefined : { proofs, rewards: chain.rewards, claimer },
    },
  );
}

/** One client id for each node: a second process with the same key would otherwise go unnoticed. */
function mqttConnector(config: NodeConfig, dependencies: WiringDependencies): ConnectBus {
  const { clock, random, logger, key } = dependencies;
  const limits = { maximumPayloadBytes, outgoingLimit, keepaliveSeconds, connectTimeoutMs: config.httpTimeoutMs };
  return (url, credentials) =>
    new MqttBus(
      { ...limits, url, clientId: `node-${key.address}`, backoff: busBackoff },
      { clock, random, logger, credentials },
    );
}

function claimPolicy({ autoClaim, autoClaimMinimum, autoClaimEpochs }: NodeConfig): ClaimPolicy | undefined {
  if (autoClaim === "off") return undefined;
  const everyEpochs = autoClaimEpochs === undefined ? undefined : BigInt(autoClaimEpochs);
  return { minimum: autoClaimMinimum, everyEpochs };
}
